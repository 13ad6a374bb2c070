/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The table of known driver faults: what a driver claims and does not keep, or keeps and does not
 * claim, a row a driver. Each row says what was seen with which release. Neighbours: queue.c
 * applies it.
 */
#include <string.h>

#include <rte_common.h>

#include "tx.h"

static const struct tx_quirk quirks[] = {
	{
		/* drivers/net/tap/rte_eth_tap.c, 22.11 and 24.11: TSO is rte_gso in the driver; it
		 * refuses mss + headers > MTU (Ethernet header counted), never gets past a packet of
		 * more than 64 segments, writes IPv6 requests unsegmented (22.11) or never gets past
		 * them (24.11). 22.11's checksums add up pieces of odd length wrongly; 24.11's take
		 * the headers off the packet, so a frame that the kernel refuses comes back without.
		 * It never gets past a frame of more than MTU + 22 bytes either: with three tags, that
		 * is one of full size. */
		.driver = "net_tap",
		.deny = RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |
			RTE_ETH_TX_OFFLOAD_UDP_CKSUM,
		.beyond_mtu = 22,
		.why = "TSO stalls or leaves frames uncut, checksums spoil odd pieces or refused "
		       "frames",
	},
	{
		/* drivers/net/pcap/pcap_ethdev.c, 22.11 and 24.11: chains are gathered in a buffer of
		 * RTE_ETH_PCAP_SNAPLEN (16128) bytes, the rest is cut off. */
		.driver = "net_pcap",
		.grant = RTE_ETH_TX_OFFLOAD_MULTI_SEGS,
		.chain_len = 16128,
		.why = "chained frames are cut off at 16128 bytes",
	},
	{
		/* drivers/net/null/rte_eth_null.c, 22.11 and 24.11: frees chains of any length. */
		.driver = "net_null",
		.grant = RTE_ETH_TX_OFFLOAD_MULTI_SEGS,
	},
	{
		/* drivers/net/vmxnet3/vmxnet3_rxtx.c, 22.11 and 24.11: data_len is ORed into 14 bits of a
		 * descriptor, beside its generation. A longer mbuf is lost and the queue hangs, or the
		 * stream leaves with 16384 bytes less and right checksums; no counter moves. A request
		 * of more than 24 mbufs is more than the device takes: 24.11 drops it, though it claims
		 * 255, 22.11 lets it through (QEMU's device takes it). (It has no IPV4_CKSUM and
		 * refuses that flag with IPv4 TSO, where others want it: offload.c does not set it for
		 * a port without.) */
		.driver = "net_vmxnet3",
		.mbuf_len = (1 << 14) - 1,
		.mbufs = 24,
		.why = "requests of more than 24 mbufs are lost; mbufs of 16384 bytes hang it",
	},
	{
		/* drivers/net/e1000/igb_ethdev.c, 22.11 and 24.11: claims 255 mbufs a packet. QEMU 10's
		 * igb loses packets of more than 64, and no counter moves. */
		.driver = "net_e1000_igb",
		.mbufs = 64,
		.why = "emulated NICs lose packets of more than 64 mbufs",
	},
	{
		/* drivers/net/virtio/virtio_rxtx.c, 22.11 and 24.11: claims 65535. A packet takes a
		 * descriptor for the virtio header as well; one that is more than the ring is refused
		 * for ever. QEMU's rings are of 256, ethdev does not tell. */
		.driver = "net_virtio",
		.mbufs = 255,
		.why = "packets of more mbufs than its ring has are never sent",
	},
	{
		/* drivers/net/vhost/rte_eth_vhost.c, 22.11 and 24.11: claims no TSO, but lib/vhost hands
		 * requests on to the guest, whatever that has negotiated. */
		.driver = "net_vhost",
		.peer = tx_vhost_caps,
	},
};

const struct tx_quirk *
tx_quirk_find(const char *driver)
{
	for (unsigned int i = 0; i < RTE_DIM(quirks); i++)
		if (strcmp(quirks[i].driver, driver) == 0)
			return &quirks[i];
	return NULL;
}
