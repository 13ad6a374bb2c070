/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Random flow rules: made as numbers that are wanted of fields, and written into rte_flow's structures.
 * Neighbours: flow_test.h, flow_judge.c.
 */
#include <stdio.h>
#include <string.h>

#include "../pkt.h"
#include "flow_test.h"

static uint32_t
below(uint32_t n, uint32_t *seed)
{
	return pkt_rand(seed) % n;
}

static uint64_t
wide(uint32_t *seed)
{
	return (uint64_t)pkt_rand(seed) << 32 | pkt_rand(seed);
}

static uint64_t
some_mask(unsigned int bits, uint32_t *seed)
{
	const uint64_t all = UINT64_MAX >> (64 - bits);

	switch (below(8, seed)) {
	case 0:
	case 1:
		return wide(seed) & all; /* any bits */
	case 2:
		return all & ~(all >> (1 + below(bits, seed))); /* a prefix */
	case 3:
		return UINT64_C(1) << below(bits, seed);
	default:
		return all;
	}
}

/* An item that is true of the header, unless it is false in a bit. NULL: of no header. */
static void
item_make(struct flow_item *it, enum flow_kind kind, const struct flow_values *h, uint32_t *seed)
{
	const struct flow_header *d = &flow_headers[kind];
	const unsigned int how = below(8, seed);

	memset(it, 0, sizeof(*it));
	it->kind = kind;
	it->tag_follows = FLOW_ANY;
	if (how < 3)
		return;
	it->spec = true;
	it->default_mask = how == 3; /* which leaves out has_vlan, too */
	it->last = below(6, seed) == 0;
	for (unsigned int i = 0; i < d->nb; i++) {
		it->v[i] = h != NULL && h->kind == kind ? h->v[i] : wide(seed);
		it->m[i] = how == 3 ? d->fields[i].mask : 0;
	}
	for (unsigned int n = how == 3 ? 0 : below(4, seed); n > 0; n--) {
		const unsigned int i = below(d->nb, seed);

		it->m[i] = some_mask(d->fields[i].bytes * 8, seed);
	}
	if (below(8, seed) == 0) {
		const unsigned int i = below(d->nb, seed);

		it->v[i] ^= UINT64_C(1) << below(d->fields[i].bytes * 8, seed);
	}
}

static void
add(struct flow_rule *r, enum flow_kind kind, const struct flow_values *h, uint32_t *seed)
{
	item_make(&r->items[r->nb++], kind, h, seed);
}

static void
pattern_make(struct flow_rule *r, const struct flow_frame *f, uint32_t *seed)
{
	const unsigned int seen = RTE_MIN(f->nb_tags, 2);
	const unsigned int tags = below(3, seed) ? (below(2, seed) ? seen : 0) : below(3, seed);
	enum flow_kind ip = f->ip.kind, l4 = f->l4.kind;

	if (below(2, seed))
		add(r, FLOW_ETH, &f->eth, seed);
	/* (what says that there is none may not be followed by one) */
	if (r->nb > 0 && r->items[0].spec && !r->items[0].default_mask && below(6, seed) == 0)
		r->items[0].tag_follows = tags > 0 || below(2, seed);
	for (unsigned int i = 0; i < tags; i++)
		add(r, FLOW_VLAN, i < seen ? &f->tags[i] : NULL, seed);
	if (tags > 0 && r->items[r->nb - 1].spec && !r->items[r->nb - 1].default_mask &&
		below(4, seed) == 0)
		r->items[r->nb - 1].tag_follows = below(2, seed);
	if (ip == FLOW_NONE || below(10, seed) == 0)
		ip = below(2, seed) ? FLOW_IP4 : FLOW_IP6;
	if (r->nb > 0 && below(4, seed) == 0)
		return;
	add(r, ip, &f->ip, seed);
	if (below(3, seed) == 0)
		return;
	if (l4 == FLOW_NONE || below(10, seed) == 0)
		l4 = FLOW_TCP + below(3, seed);
	if (l4 < FLOW_ICMP || l4 == FLOW_ICMP + (ip - FLOW_IP4))
		add(r, l4, &f->l4, seed);
}

static void
action_make(struct flow_rule *r, uint16_t nb_queues, uint32_t *seed)
{
	static const uint64_t types[] = {0, RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6,
		RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP, RTE_ETH_RSS_SCTP,
		RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_FRAG_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_OTHER};
	static const enum rte_flow_action_type all[] = {RTE_FLOW_ACTION_TYPE_DROP,
		RTE_FLOW_ACTION_TYPE_DROP, RTE_FLOW_ACTION_TYPE_QUEUE, RTE_FLOW_ACTION_TYPE_QUEUE,
		RTE_FLOW_ACTION_TYPE_QUEUE, RTE_FLOW_ACTION_TYPE_RSS, RTE_FLOW_ACTION_TYPE_RSS,
		RTE_FLOW_ACTION_TYPE_PASSTHRU};

	r->action = all[below(RTE_DIM(all), seed)];
	r->queue = below(nb_queues, seed);
	r->types = types[below(RTE_DIM(types), seed)];
	r->nb_queues = 1 + below(RTE_MIN(nb_queues, FLOW_QUEUES_MAX), seed);
	for (unsigned int i = 0; i < r->nb_queues; i++)
		r->queues[i] = (r->queue + i * 3) % nb_queues;
	r->count = below(2, seed);
}

void
flow_rule_make(struct flow_rule *r, const struct flow_frame *f, uint16_t nb_queues, uint32_t *seed)
{
	static const uint32_t priorities[] = {0, 1, 2, 7, 1000, 0x7fffffff, 0xfffffffe};

	memset(r, 0, sizeof(*r));
	r->priority = priorities[below(RTE_DIM(priorities), seed)];
	pattern_make(r, f, seed);
	action_make(r, nb_queues, seed);
}

/* The numbers into one of rte_flow's structures: they begin as the header on the wire does. Bits that the
 * mask leaves out are of no account. */
static void
write_item(uint8_t *to, const struct flow_item *it, const uint64_t *v, bool is_mask, uint32_t *seed)
{
	const struct flow_header *d = &flow_headers[it->kind];

	memset(to, 0, d->item);
	for (unsigned int i = 0; i < d->nb; i++) {
		const struct flow_field *f = &d->fields[i];
		uint64_t x = v[i];

		if (!is_mask)
			x = (x & it->m[i]) | (wide(seed) & ~it->m[i]);
		for (unsigned int b = 0; b < f->bytes; b++)
			to[f->off + b] = x >> 8 * (f->bytes - 1 - b);
	}
}

static void
write_tag_follows(void *spec, void *mask, const struct flow_item *it)
{
	if (it->tag_follows == FLOW_ANY)
		return;
	if (it->kind == FLOW_ETH) {
		((struct rte_flow_item_eth *)spec)->has_vlan = it->tag_follows;
		((struct rte_flow_item_eth *)mask)->has_vlan = 1;
	} else {
		((struct rte_flow_item_vlan *)spec)->has_more_vlan = it->tag_follows;
		((struct rte_flow_item_vlan *)mask)->has_more_vlan = 1;
	}
}

struct rte_flow *
flow_rule_create(
	uint16_t port, const struct flow_rule *r, uint32_t *seed, struct rte_flow_error *error)
{
	static uint64_t room[FLOW_ITEMS_MAX][3][8]; /* spec, last, mask */
	struct rte_flow_item pattern[2 * FLOW_ITEMS_MAX + 1];
	const struct rte_flow_attr attr = {.ingress = 1, .priority = r->priority};
	const struct rte_flow_action_queue queue = {.index = r->queue};
	const struct rte_flow_action_rss rss = {.types = r->types,
		.queue_num = r->nb_queues,
		.queue = r->queues,
		.func = below(2, seed) ? RTE_ETH_HASH_FUNCTION_TOEPLITZ
				       : RTE_ETH_HASH_FUNCTION_DEFAULT,
		.level = below(2, seed)};
	const struct rte_flow_action_count count = {.id = 0};
	const void *conf = r->action == RTE_FLOW_ACTION_TYPE_QUEUE ? (const void *)&queue
			   : r->action == RTE_FLOW_ACTION_TYPE_RSS ? (const void *)&rss
								   : NULL;
	const bool first = below(2, seed);
	const struct rte_flow_action counted = {
		r->count ? RTE_FLOW_ACTION_TYPE_COUNT : RTE_FLOW_ACTION_TYPE_VOID,
		r->count ? &count : NULL};
	const struct rte_flow_action fate = {r->action, conf};
	const struct rte_flow_action actions[] = {
		first ? fate : counted, first ? counted : fate, {RTE_FLOW_ACTION_TYPE_END, NULL}};
	unsigned int n = 0;

	memset(pattern, 0, sizeof(pattern));
	for (unsigned int i = 0; i < r->nb; i++) {
		const struct flow_item *it = &r->items[i];
		struct rte_flow_item *p;

		if (below(4, seed) == 0)
			pattern[n++].type = RTE_FLOW_ITEM_TYPE_VOID;
		p = &pattern[n++];
		p->type = flow_headers[it->kind].type;
		if (!it->spec)
			continue;
		write_item((uint8_t *)room[i][0], it, it->v, false, seed);
		write_item((uint8_t *)room[i][1], it, it->v, false, seed);
		write_item((uint8_t *)room[i][2], it, it->m, true, seed);
		write_tag_follows(room[i][0], room[i][2], it);
		p->spec = room[i][0];
		p->last = it->last && it->tag_follows == FLOW_ANY ? room[i][1] : NULL;
		p->mask = it->default_mask ? NULL : room[i][2];
	}
	pattern[n].type = RTE_FLOW_ITEM_TYPE_END;
	return rte_flow_create(port, &attr, pattern, actions, error);
}

static void
print_item(const struct flow_item *it)
{
	const struct flow_header *d = &flow_headers[it->kind];

	printf(" / %s%s%s", d->name, it->default_mask ? " (default mask)" : "",
		it->last ? " (last)" : "");
	if (it->tag_follows != FLOW_ANY)
		printf(" tag follows %d", it->tag_follows);
	for (unsigned int i = 0; it->spec && i < d->nb; i++)
		if (it->m[i] != 0)
			printf(" %s %" PRIx64 "&%" PRIx64, d->fields[i].name, it->v[i], it->m[i]);
}

void
flow_rule_print(const struct flow_rule *r)
{
	printf("  priority %u:", r->priority);
	for (unsigned int i = 0; i < r->nb; i++)
		print_item(&r->items[i]);
	switch (r->action) {
	case RTE_FLOW_ACTION_TYPE_QUEUE:
		printf(" => queue %u", r->queue);
		break;
	case RTE_FLOW_ACTION_TYPE_RSS:
		printf(" => rss types %" PRIx64 " of", r->types);
		for (unsigned int i = 0; i < r->nb_queues; i++)
			printf(" %u", r->queues[i]);
		break;
	default:
		printf(" => %s", r->action == RTE_FLOW_ACTION_TYPE_DROP ? "drop" : "passthru");
	}
	printf("%s\n", r->count ? ", counted" : "");
}
