/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Comparison and invariants of header walks, and the frames that are walked. Neighbours:
 * parse_check.h, test_parse.c, test_parse_bad.c.
 */
#include "cleave_config.h"
#include "parse_check.h"

#define DIFFERS(field)                                                                             \
	do {                                                                                       \
		if (a->field != b->field)                                                          \
			return #field;                                                             \
	} while (0)

const char *
parse_differs(const struct cleave_pkt *a, const struct cleave_pkt *b)
{
	DIFFERS(depth);
	DIFFERS(mac_len);
	DIFFERS(l2_len);
	DIFFERS(nb_vlan);
	DIFFERS(nb_mpls);
	DIFFERS(frame_len);
	DIFFERS(nb_ip);
	for (unsigned int i = 0; i < a->nb_ip && i < 2; i++) {
		DIFFERS(ip[i].off);
		DIFFERS(ip[i].version);
		DIFFERS(ip[i].flags);
		/* Where the walk of a fragment ends, behind the Fragment header or before, does not
		 * matter to anybody. */
		if (a->ip[i].flags & CLEAVE_IP_FRAGMENT)
			continue;
		DIFFERS(ip[i].len);
		DIFFERS(ip[i].dst_off);
		DIFFERS(ip[i].proto);
	}
	DIFFERS(tunnel);
	if (a->tunnel != CLEAVE_TUNNEL_NONE) {
		DIFFERS(tunnel_off);
		DIFFERS(inner_off);
		DIFFERS(tunnel_len);
		DIFFERS(tunnel_len_from);
		DIFFERS(tunnel_cksum);
		DIFFERS(tunnel_flags);
	}
	DIFFERS(l4_proto);
	if (a->depth == CLEAVE_DEPTH_L4) {
		DIFFERS(l4_off);
		DIFFERS(l4_len);
		DIFFERS(hdr_len);
		DIFFERS(payload_len);
		if (a->l4_proto == IPPROTO_TCP)
			DIFFERS(tcp_flags);
	}
	return NULL;
}

#define INSANE(cond)                                                                               \
	do {                                                                                       \
		if (cond)                                                                          \
			return #cond;                                                              \
	} while (0)

const char *
parse_insane(const struct cleave_pkt *p, int rc, uint32_t len)
{
	uint32_t end;

	INSANE(rc != 0 && rc != -EBADMSG);
	INSANE(p->depth > CLEAVE_DEPTH_L4);
	if (rc != 0)
		return NULL;
	INSANE(len < 14);
	INSANE(p->frame_len > len);
	INSANE(p->mac_len != 14 + 4 * p->nb_vlan);
	INSANE(p->l2_len != p->mac_len + 4 * p->nb_mpls);
	INSANE(p->l2_len > p->frame_len);
	INSANE(p->nb_ip > 2);
	INSANE((p->depth >= CLEAVE_DEPTH_L3) != (p->nb_ip > 0));
	INSANE((p->tunnel != CLEAVE_TUNNEL_NONE) != (p->nb_ip > 1));
	end = p->l2_len;
	for (unsigned int i = 0; i < p->nb_ip; i++) {
		const struct cleave_ip *ip = &p->ip[i];

		INSANE(ip->version != 4 && ip->version != 6);
		INSANE(i == 0 && ip->off != p->l2_len);
		INSANE(ip->off < end);
		INSANE(ip->len < (ip->version == 4 ? 20 : 40));
		end = ip->off + ip->len;
		INSANE(end > p->frame_len);
		INSANE(ip->dst_off != 0 && ip->dst_off + (ip->version == 4 ? 4u : 16u) > end);
		INSANE(ip->flags & CLEAVE_IP_FRAGMENT && p->depth == CLEAVE_DEPTH_L4);
		if (i == 0 && p->nb_ip > 1) {
			INSANE(p->tunnel_off != end);
			INSANE(p->inner_off < p->tunnel_off);
			INSANE(p->tunnel_len != 0 && (p->tunnel_len < p->tunnel_off ||
							     p->tunnel_len + 2 > p->inner_off ||
							     p->tunnel_len_from > p->inner_off));
			INSANE(p->tunnel_cksum != 0 && (p->tunnel_cksum < p->tunnel_off ||
							       p->tunnel_cksum + 2 > p->inner_off));
			INSANE(p->tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM &&
				p->depth != CLEAVE_DEPTH_L4);
			end = p->inner_off;
		}
	}
	if (p->depth != CLEAVE_DEPTH_L4)
		return NULL;
	INSANE(p->l4_off != end);
	INSANE(p->hdr_len != p->l4_off + p->l4_len);
	INSANE(p->hdr_len > CLEAVE_HDR_MAX);
	INSANE(p->hdr_len + p->payload_len > p->frame_len);
	INSANE(cleave_inner_ip(p)->proto != p->l4_proto);
	INSANE(cleave_inner_ip(p)->dst_off == 0);
	switch (p->l4_proto) {
	case IPPROTO_TCP:
		INSANE(p->l4_len < 20 || p->l4_len > 60 || p->l4_len % 4 != 0);
		return NULL;
	case IPPROTO_UDP:
		INSANE(p->l4_len != 8);
		return NULL;
	case IPPROTO_SCTP:
		INSANE(p->l4_len != 12);
		return NULL;
	}
	return "l4_proto";
}

int
parse_guarded(struct guard *guard, struct rte_mempool *mp, const uint8_t *data, uint32_t len,
	struct cleave_pkt *got)
{
	struct rte_mbuf *m = guard_mbuf(guard, mp, data, len), *tail;
	struct cleave_pkt again;
	const char *what;
	int rc, rc2;

	if (m == NULL)
		return -ENOMEM;
	rc = cleave_parse(m, got);
	rte_pktmbuf_free(m);
	what = parse_insane(got, rc, len);
	if (what != NULL) {
		printf("insane, rc %d: %s\n", rc, what);
		return -EIO;
	}
	if (len < 2)
		return rc;

	m = mbuf_chain(mp, data, len / 2, NULL, 0);
	tail = guard_mbuf(guard, mp, data + len / 2, len - len / 2);
	if (m == NULL || tail == NULL || rte_pktmbuf_chain(m, tail) < 0)
		return -ENOMEM;
	rc2 = cleave_parse(m, &again);
	rte_pktmbuf_free(m);
	what = rc == 0 && rc2 == 0 ? parse_differs(got, &again) : NULL;
	if (rc2 != rc || what != NULL) {
		printf("one mbuf: %d, two: %d (%s)\n", rc, rc2, what);
		return -EIO;
	}
	return rc;
}

void
parse_random_spec(uint32_t *seed, struct pkt_spec *s)
{
	static const uint8_t protos[] = {IPPROTO_TCP, IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP,
		IPPROTO_SCTP, IPPROTO_ICMP, IPPROTO_ESP};

	memset(s, 0, sizeof(*s));
	if (pkt_rand(seed) % 8 != 0) {
		*s = *pkt_tunnel_variant(pkt_rand(seed) % pkt_tunnel_variants());
		s->outer = *pkt_shape(pkt_rand(seed) % PKT_SHAPES_WHOLE);
		if (s->tunnel == PKT_TUNNEL_GENEVE)
			s->tunnel_opt = pkt_rand(seed) % 64 * 4;
	}
	s->nb_vlan = pkt_rand(seed) % 3;
	s->nb_mpls = pkt_rand(seed) % 4 == 0 ? pkt_rand(seed) % (CLEAVE_MPLS_MAX + 1) : 0;
	s->ip = *pkt_shape(pkt_rand(seed) % PKT_SHAPES);
	s->proto = protos[pkt_rand(seed) % RTE_DIM(protos)];
	s->tcp_flags = pkt_rand(seed);
	s->tcp_opt = pkt_rand(seed) % PKT_TCP_OPTS;
	s->payload = pkt_rand(seed) % 300;
	s->pad = pkt_rand(seed) % 3 ? 0 : pkt_rand(seed) % 46;
	s->seed = *seed;
}

struct parse_env parse_env;

int
parse_setup(void)
{
	if (parse_env.mp == NULL)
		parse_env.mp =
			rte_pktmbuf_pool_create("parse", 511, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	return parse_env.mp == NULL ? TEST_FAILED : guard_init(&parse_env.guard, 2000);
}

void
parse_teardown(void)
{
	guard_fini(&parse_env.guard);
}

int
parse_test_pools(void)
{
	TEST_ASSERT(rte_mempool_full(parse_env.mp), "mbufs were lost");
	return TEST_SUCCESS;
}
