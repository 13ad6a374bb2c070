/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A flow rule's pattern (rte_flow items) as bytes and bits of headers that a frame is compared with. Neighbours:
 * vtap_flow.c, vtap_steer.h.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "vtap.h"

enum layer { L2, TAG, L3, L4 };

/* A header that can be looked for: which one, where it stands, what of its item is header, the mask that
 * an item without one has. */
static const struct row {
	enum rte_flow_item_type type;
	enum layer layer;
	uint16_t has, needs;
	uint16_t at, len, size; /* in struct vtap_headers; of the header; of the item */
	const void *mask;
	uint8_t fields[10]; /* their lengths */
} rows[] = {
#define AT(field) offsetof(struct vtap_headers, field)
	{RTE_FLOW_ITEM_TYPE_ETH, L2, 0, 0, AT(eth), 14, sizeof(struct rte_flow_item_eth),
		&rte_flow_item_eth_mask, {6, 6, 2}},
	{RTE_FLOW_ITEM_TYPE_VLAN, TAG, 0, 0, AT(vlan), 4, sizeof(struct rte_flow_item_vlan),
		&rte_flow_item_vlan_mask, {2, 2}},
	{RTE_FLOW_ITEM_TYPE_IPV4, L3, VTAP_HAS_IPV4, 0, AT(l3), 20,
		sizeof(struct rte_flow_item_ipv4), &rte_flow_item_ipv4_mask,
		{1, 1, 2, 2, 2, 1, 1, 2, 4, 4}},
	{RTE_FLOW_ITEM_TYPE_IPV6, L3, VTAP_HAS_IPV6, 0, AT(l3), 40,
		sizeof(struct rte_flow_item_ipv6), &rte_flow_item_ipv6_mask, {4, 2, 1, 1, 16, 16}},
	{RTE_FLOW_ITEM_TYPE_TCP, L4, VTAP_HAS_TCP, 0, AT(l4), 20, sizeof(struct rte_flow_item_tcp),
		&rte_flow_item_tcp_mask, {2, 2, 4, 4, 1, 1, 2, 2, 2}},
	{RTE_FLOW_ITEM_TYPE_UDP, L4, VTAP_HAS_UDP, 0, AT(l4), 8, sizeof(struct rte_flow_item_udp),
		&rte_flow_item_udp_mask, {2, 2, 2, 2}},
	{RTE_FLOW_ITEM_TYPE_SCTP, L4, VTAP_HAS_SCTP, 0, AT(l4), 12,
		sizeof(struct rte_flow_item_sctp), &rte_flow_item_sctp_mask, {2, 2, 4, 4}},
	{RTE_FLOW_ITEM_TYPE_ICMP, L4, VTAP_HAS_ICMP, VTAP_HAS_IPV4, AT(l4), 8,
		sizeof(struct rte_flow_item_icmp), &rte_flow_item_icmp_mask, {1, 1, 2, 2, 2}},
	{RTE_FLOW_ITEM_TYPE_ICMP6, L4, VTAP_HAS_ICMP6, VTAP_HAS_IPV6, AT(l4), 4,
		sizeof(struct rte_flow_item_icmp6), &rte_flow_item_icmp6_mask, {1, 1, 2}},
#undef AT
};
/* The longest item. */
#define ITEM_MAX sizeof(struct rte_flow_item_ipv6)

/* A pattern that is being read. */
struct pattern {
	struct vtap_headers *spec, *mask;
	struct rte_flow_error *error;
	enum layer layer;
	bool begun;
	uint16_t tags;	 /* VLAN items */
	bool more_known; /* the last of Ethernet and VLAN says if there is another tag, */
	bool more;	 /* and what it says */
};

static int
refuse(const struct pattern *p, int code, const struct rte_flow_item *item, const char *why)
{
	return rte_flow_error_set(p->error, code, RTE_FLOW_ERROR_TYPE_ITEM, item, why);
}

static const struct row *
find(enum rte_flow_item_type type)
{
	for (unsigned int i = 0; i < RTE_DIM(rows); i++)
		if (rows[i].type == type)
			return &rows[i];
	return NULL;
}

/* Does it follow what was there before it? */
static int
check_order(struct pattern *p, const struct row *row, const struct rte_flow_item *item)
{
	const bool again = row->layer == TAG && p->tags > 0 && p->layer == TAG;

	if (p->begun && row->layer <= p->layer && !again)
		return refuse(p, EINVAL, item, "does not follow the item before it");
	if (again && p->tags == 2)
		return refuse(p, ENOTSUP, item, "more than two tags");
	if (row->layer == L4 && p->layer != L3)
		return refuse(p, EINVAL, item, "needs IPv4 or IPv6 before it");
	if (row->needs != 0 && !(p->spec->has & row->needs))
		return refuse(p, EINVAL, item, "does not follow that version of IP");
	p->begun = true;
	p->layer = row->layer;
	return 0;
}

/* A range is one whose last value is there, and is not the first. */
static bool
is_range(const struct row *row, const uint8_t *spec, const uint8_t *last, const uint8_t *mask)
{
	uint16_t at = 0;

	for (unsigned int f = 0; f < RTE_DIM(row->fields); at += row->fields[f++]) {
		bool there = false, differs = false;

		for (unsigned int i = at; i < at + row->fields[f]; i++) {
			there |= (last[i] & mask[i]) != 0;
			differs |= (last[i] & mask[i]) != (spec[i] & mask[i]);
		}
		if (there && differs)
			return true;
	}
	return false;
}

/* The item's mask, and that spec, last and mask are what they should be together. */
static int
check_values(struct pattern *p, const struct row *row, const struct rte_flow_item *item,
	uint8_t mask[ITEM_MAX])
{
	const uint8_t *spec = item->spec, *last = item->last;

	if (spec == NULL && (last != NULL || item->mask != NULL))
		return refuse(p, EINVAL, item, "a mask or last without spec");
	memset(mask, 0, ITEM_MAX);
	if (spec == NULL)
		return 0;
	memcpy(mask, item->mask != NULL ? item->mask : row->mask, row->size);
	if (last != NULL && is_range(row, spec, last, mask))
		return refuse(p, ENOTSUP, item, "ranges are not supported");
	return 0;
}

/* What an item says beside its header. Ethernet and VLAN: whether another tag follows. */
static int
take_rest(struct pattern *p, const struct row *row, const struct rte_flow_item *item,
	uint8_t mask[ITEM_MAX])
{
	if (row->layer == L2 && item->spec != NULL) {
		struct rte_flow_item_eth *m = (void *)mask;

		p->more_known = m->has_vlan;
		p->more = ((const struct rte_flow_item_eth *)item->spec)->has_vlan;
		m->has_vlan = 0;
		memset(mask + row->len, 0, sizeof(*m) - sizeof(uint32_t) - row->len); /* padding */
	}
	if (row->layer == TAG && item->spec != NULL) {
		struct rte_flow_item_vlan *m = (void *)mask;

		p->more_known = m->has_more_vlan;
		p->more = ((const struct rte_flow_item_vlan *)item->spec)->has_more_vlan;
		m->has_more_vlan = 0;
	}
	for (unsigned int i = row->len; i < row->size; i++)
		if (mask[i] != 0)
			return refuse(p, ENOTSUP, item, "matches what is not in the header");
	return 0;
}

static int
take_item(struct pattern *p, const struct rte_flow_item *item)
{
	const struct row *row = find(item->type);
	uint8_t mask[ITEM_MAX] __rte_aligned(8), *spec;
	uint16_t at;
	int rc;

	if (row == NULL)
		return refuse(p, ENOTSUP, item, "no item that is supported");
	rc = check_order(p, row, item);
	if (rc == 0)
		rc = check_values(p, row, item, mask);
	if (rc < 0)
		return rc;
	at = row->at;
	if (row->layer == TAG) {
		if (p->more_known && !p->more)
			return refuse(p, EINVAL, item, "the item before it excludes this tag");
		p->more_known = false;
		at += 4 * p->tags++;
	}
	rc = take_rest(p, row, item, mask);
	if (rc < 0)
		return rc;
	p->spec->has |= row->has;
	p->mask->has |= row->has;
	spec = (uint8_t *)p->spec + at;
	memcpy((uint8_t *)p->mask + at, mask, row->len);
	for (unsigned int i = 0; i < row->len && item->spec != NULL; i++)
		spec[i] = ((const uint8_t *)item->spec)[i] & mask[i];
	return 0;
}

/* How many tags there are: as many as VLAN items at least, and one more or not if the last one says so. (What
 * says nothing of tags matches with and without, rte_flow's guide says.) */
static void
take_tags(struct pattern *p)
{
	static const uint16_t bit[] = {VTAP_HAS_VLAN, VTAP_HAS_VLAN2, VTAP_HAS_VLANS};
	uint16_t there = 0;

	for (unsigned int i = 0; i < p->tags; i++)
		there |= bit[i];
	p->spec->has |= there;
	p->mask->has |= there;
	if (p->more_known) {
		p->mask->has |= bit[p->tags];
		p->spec->has |= p->more ? bit[p->tags] : 0;
	}
}

int
vtap_pattern(
	const struct rte_flow_item *items, struct vtap_rule *rule, struct rte_flow_error *error)
{
	struct pattern p = {
		.spec = &rule->spec.headers, .mask = &rule->mask.headers, .error = error};
	int rc;

	memset(&rule->spec, 0, sizeof(rule->spec));
	memset(&rule->mask, 0, sizeof(rule->mask));
	if (items == NULL)
		return rte_flow_error_set(
			error, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_NUM, NULL, "no pattern");
	for (; items->type != RTE_FLOW_ITEM_TYPE_END; items++) {
		if (items->type == RTE_FLOW_ITEM_TYPE_VOID)
			continue;
		rc = take_item(&p, items);
		if (rc < 0)
			return rc;
	}
	take_tags(&p);
	return 0;
}
