/* SPDX-License-Identifier: BSD-3-Clause
 *
 * RX interrupts: an application that has nothing to do waits for the queues' files by epoll. Neighbour:
 * vtap_ethdev.c.
 */
#include <errno.h>

#include "vtap.h"

/* A file for each RX queue to be waited for by epoll: it is readable as long as there are frames. */
int
vtap_intr_install(struct rte_eth_dev *dev)
{
	struct vtap_port *port = dev->data->dev_private;
	const uint16_t n = dev->data->nb_rx_queues;

	if (!dev->data->dev_conf.intr_conf.rxq || n == 0)
		return 0;
	if (n > RTE_MAX_RXTX_INTR_VEC_ID)
		return -ENOTSUP;
	dev->intr_handle = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
	if (dev->intr_handle == NULL || rte_intr_vec_list_alloc(dev->intr_handle, "vtap", n) != 0)
		return -ENOMEM;
	for (uint16_t i = 0; i < n; i++)
		if (rte_intr_vec_list_index_set(
			    dev->intr_handle, i, RTE_INTR_VEC_RXTX_OFFSET + i) != 0 ||
			rte_intr_efds_index_set(dev->intr_handle, i, port->fd[i]) != 0)
			return -EINVAL;
	if (rte_intr_nb_efd_set(dev->intr_handle, n) != 0 ||
		rte_intr_type_set(dev->intr_handle, RTE_INTR_HANDLE_EXT) != 0)
		return -EINVAL;
	return 0;
}

void
vtap_intr_remove(struct rte_eth_dev *dev)
{
	if (dev->intr_handle == NULL)
		return;
	rte_intr_free_epoll_fd(dev->intr_handle);
	rte_intr_vec_list_free(dev->intr_handle);
	rte_intr_nb_efd_set(dev->intr_handle, 0);
	rte_intr_instance_free(dev->intr_handle);
	dev->intr_handle = NULL;
}

/* There is nothing to be switched: whoever waits is woken, who does not is not. */
int
vtap_intr_switch(struct rte_eth_dev *dev, uint16_t queue)
{
	return dev->intr_handle != NULL ? 0 : -ENOTSUP;
}
