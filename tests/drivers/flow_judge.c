/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What must become of a frame, from rte_flow's guide and rte_thash.h: it is asked of the numbers that the
 * frame was made of, bit by bit. Nothing is parsed here, and nothing compared under a mask. Neighbours:
 * flow_test.h, flow_frame.c.
 */
#include <netinet/in.h>
#include <string.h>

#include <rte_thash.h>

#include "flow_test.h"

/* A first fragment has a header of L4; whether that counts is nobody's business here. */
enum first { WITH_L4, WITHOUT_L4 };

static const struct flow_values *
header(const struct flow_frame *f, enum flow_kind kind, unsigned int tag)
{
	if (kind == FLOW_ETH)
		return &f->eth;
	if (kind == FLOW_VLAN)
		return tag < f->nb_tags ? &f->tags[tag] : NULL;
	if (f->ip.kind == kind)
		return &f->ip;
	return f->l4.kind == kind ? &f->l4 : NULL;
}

static bool
wanted(const struct flow_item *it, const struct flow_values *h)
{
	const struct flow_header *d = &flow_headers[it->kind];

	for (unsigned int i = 0; i < d->nb; i++)
		for (unsigned int bit = 0; bit < d->fields[i].bytes * 8u; bit++) {
			const bool asked = it->m[i] >> bit & 1, is = h->v[i] >> bit & 1;

			if (asked && is != (it->v[i] >> bit & 1))
				return false;
		}
	return true;
}

static bool
matches(const struct flow_rule *r, const struct flow_frame *f, enum first first)
{
	unsigned int tag = 0;

	for (unsigned int i = 0; i < r->nb; i++) {
		const struct flow_item *it = &r->items[i];
		const struct flow_values *h = header(f, it->kind, tag);

		tag += it->kind == FLOW_VLAN;
		if (h == NULL || (it->spec && !wanted(it, h)))
			return false;
		if (it->tag_follows != FLOW_ANY && it->tag_follows != (tag < f->nb_tags))
			return false;
		if (it->kind >= FLOW_TCP && f->fragment && first == WITHOUT_L4)
			return false;
	}
	return true;
}

/* What is hashed: 0 nothing, 1 addresses, 2 ports as well. */
static unsigned int
hashed(const struct flow_frame *f, uint64_t types)
{
	const bool v4 = f->ip.kind == FLOW_IP4;
	uint64_t l4 = 0, l3 = v4 ? RTE_ETH_RSS_IPV4 : RTE_ETH_RSS_IPV6;

	if (f->ip.kind == FLOW_NONE)
		return 0;
	if (f->fragment)
		l3 |= v4 ? RTE_ETH_RSS_FRAG_IPV4 : RTE_ETH_RSS_FRAG_IPV6;
	else if (f->l4.kind == FLOW_TCP)
		l4 = v4 ? RTE_ETH_RSS_NONFRAG_IPV4_TCP : RTE_ETH_RSS_NONFRAG_IPV6_TCP;
	else if (f->l4.kind == FLOW_UDP)
		l4 = v4 ? RTE_ETH_RSS_NONFRAG_IPV4_UDP : RTE_ETH_RSS_NONFRAG_IPV6_UDP;
	else if (f->l4.kind == FLOW_SCTP)
		l4 = v4 ? RTE_ETH_RSS_NONFRAG_IPV4_SCTP : RTE_ETH_RSS_NONFRAG_IPV6_SCTP;
	else
		l3 |= v4 ? RTE_ETH_RSS_NONFRAG_IPV4_OTHER : RTE_ETH_RSS_NONFRAG_IPV6_OTHER;
	return types & l4 ? 2 : types & l3 ? 1 : 0;
}

uint32_t
flow_judge_hash(const struct flow_frame *f, const struct flow_rss *rss, uint64_t types)
{
	const unsigned int what = hashed(f, types);
	union rte_thash_tuple t;

	memset(&t, 0, sizeof(t));
	if (what == 0)
		return 0;
	if (f->ip.kind == FLOW_IP4) {
		t.v4.src_addr = f->ip.v[8];
		t.v4.dst_addr = f->ip.v[9];
		t.v4.sport = what > 1 ? f->l4.v[0] : 0;
		t.v4.dport = what > 1 ? f->l4.v[1] : 0;
		return rte_softrss((uint32_t *)&t,
			what > 1 ? RTE_THASH_V4_L4_LEN : RTE_THASH_V4_L3_LEN, rss->key);
	}
	for (unsigned int i = 0; i < 8; i++) {
		const uint32_t word = f->ip.v[4 + i];

		memcpy((uint8_t *)&t.v6 + 4 * i, &word, 4);
	}
	t.v6.sport = what > 1 ? f->l4.v[0] : 0;
	t.v6.dport = what > 1 ? f->l4.v[1] : 0;
	return rte_softrss(
		(uint32_t *)&t, what > 1 ? RTE_THASH_V6_L4_LEN : RTE_THASH_V6_L3_LEN, rss->key);
}

/* One of the list's. How a hash chooses among a number of queues that is no power of two is not said. */
static uint32_t
spread(const struct flow_rule *r, uint32_t hash)
{
	uint32_t any = 0;

	if (rte_is_power_of_2(r->nb_queues))
		return 1u << r->queues[hash % r->nb_queues];
	for (unsigned int i = 0; i < r->nb_queues; i++)
		any |= 1u << r->queues[i];
	return any;
}

static uint32_t
act(const struct flow_rule *r, const struct flow_frame *f, const struct flow_rss *rss)
{
	switch (r->action) {
	case RTE_FLOW_ACTION_TYPE_DROP:
		return FLOW_DROPPED;
	case RTE_FLOW_ACTION_TYPE_QUEUE:
		return 1u << r->queue;
	default:
		return spread(r, flow_judge_hash(f, rss, r->types ? r->types : rss->types));
	}
}

/* The rules in the order in which they are asked: by priority number, then by age. */
static unsigned int
sort(const struct flow_rule *rules, unsigned int nb, unsigned int order[FLOW_RULES_MAX])
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < nb; i++) {
		unsigned int at = n++;

		for (; at > 0 && rules[order[at - 1]].priority > rules[i].priority; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	return n;
}

/* What becomes of a frame; a bit for each rule that it met. PASSTHRU leaves it to the rules behind. */
static uint32_t
walk(const struct flow_frame *f, const struct flow_rule *rules, unsigned int nb,
	const struct flow_rss *rss, bool isolated, enum first first, uint64_t *met)
{
	unsigned int order[FLOW_RULES_MAX];

	nb = sort(rules, nb, order);
	*met = 0;
	for (unsigned int i = 0; i < nb; i++) {
		const struct flow_rule *r = &rules[order[i]];

		if (!matches(r, f, first))
			continue;
		*met |= UINT64_C(1) << order[i];
		if (r->action != RTE_FLOW_ACTION_TYPE_PASSTHRU)
			return act(r, f, rss);
	}
	if (isolated)
		return FLOW_DROPPED;
	return 1u << rss->reta[flow_judge_hash(f, rss, rss->types) % RTE_DIM(rss->reta)];
}

uint32_t
flow_judge(const struct flow_frame *f, struct flow_rule *rules, unsigned int nb,
	const struct flow_rss *rss, bool isolated)
{
	uint64_t met[2];
	uint32_t allowed = walk(f, rules, nb, rss, isolated, WITH_L4, &met[0]);

	allowed |= walk(f, rules, nb, rss, isolated, WITHOUT_L4, &met[1]);
	for (unsigned int i = 0; i < nb; i++) {
		const uint64_t bit = UINT64_C(1) << i;

		if (met[0] & met[1] & bit) {
			rules[i].hits++;
			rules[i].bytes += f->len;
		}
		if ((met[0] | met[1]) & bit) {
			rules[i].hits_max++;
			rules[i].bytes_max += f->len;
		}
	}
	return allowed;
}
