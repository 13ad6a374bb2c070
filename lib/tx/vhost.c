/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the guest of a net_vhost port takes: it is negotiated when the guest comes, and ethdev does not tell
 * (virtio 1.3, 5.1.3: VIRTIO_NET_F_GUEST_*). Control path. Neighbours: quirks.c, queue.c.
 */
#include <limits.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_devargs.h>
#include <rte_ethdev.h>
#include <rte_kvargs.h>
#include <rte_log.h>

#include "tx.h"

#ifdef RTE_LIB_VHOST
#include <linux/virtio_net.h>
#include <rte_vhost.h>

#define HAS(features, bit) (((features) >> (bit)) & 1)
#define VIDS_MAX 1024 /* lib/vhost's RTE_MAX_VHOST_DEVICE */

/* The socket, as the port's iface argument names it. 0, or -1. */
static int
socket_path(const struct rte_eth_dev_info *info, char path[PATH_MAX])
{
	static const char *const keys[] = {"iface", NULL};
	const struct rte_devargs *args = rte_dev_devargs(info->device);
	struct rte_kvargs *list = args != NULL ? rte_kvargs_parse(args->args, NULL) : NULL;
	const char *iface = list != NULL ? rte_kvargs_get(list, keys[0]) : NULL;
	int rc = iface != NULL && strlen(iface) < PATH_MAX ? 0 : -1;

	if (rc == 0)
		strcpy(path, iface);
	rte_kvargs_free(list);
	return rc;
}

/* The guest at that socket. lib/vhost numbers guests from 0 on and knows them by number only; asking
 * for one that is not there is an error in its log, which is not meant for anybody. */
static int
find_guest(const char *path, uint64_t *features)
{
	char name[PATH_MAX];
	int log = rte_log_register("lib.vhost.config"), level = rte_log_get_level(log), vid,
	    rc = -1;

	rte_log_set_level(log, RTE_LOG_EMERG);
	for (vid = 0; vid < VIDS_MAX; vid++)
		if (rte_vhost_get_ifname(vid, name, sizeof(name)) == 0 && strcmp(name, path) == 0) {
			rc = rte_vhost_get_negotiated_features(vid, features);
			break;
		}
	rte_log_set_level(log, level);
	return rc;
}

/* CWR is cut here: lib/vhost does not tell the guest of it (VIRTIO_NET_HDR_GSO_ECN). */
uint64_t
tx_vhost_caps(const struct rte_eth_dev_info *info)
{
	char path[PATH_MAX];
	uint64_t features, caps = 0;

	if (socket_path(info, path) < 0 || find_guest(path, &features) < 0 ||
		!HAS(features, VIRTIO_NET_F_GUEST_CSUM))
		return 0;
	if (HAS(features, VIRTIO_NET_F_GUEST_TSO4))
		caps |= TX_CAP_TSO4;
	if (HAS(features, VIRTIO_NET_F_GUEST_TSO6))
		caps |= TX_CAP_TSO6;
	return caps != 0 ? caps | RTE_ETH_TX_OFFLOAD_TCP_TSO : 0;
}
#else
uint64_t
tx_vhost_caps(const struct rte_eth_dev_info *info)
{
	return 0;
}
#endif
