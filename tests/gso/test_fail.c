/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_fail_autotest: every way in which a cut can fail: each single allocation, an array that is
 * one short, sizes that make no sense, types that do not fit. The packet is whole and byte-identical
 * afterwards, and nothing is leaked. Neighbours: gso_test.h, test_faults.c (faults of others).
 */
#include "cleave_config.h"
#include "gso_test.h"

/* One packet of each type of cut that allocates. */
static const struct {
	struct pkt_spec spec;
	uint8_t type;
} packets[] = {
	{{.proto = IPPROTO_TCP, .ip.version = 4, .tcp_opt = PKT_TCP_TS, .payload = 6007}, 0},
	{{.proto = IPPROTO_UDP, .ip.version = 6, .payload = 6007}, 0},
	{{.proto = IPPROTO_TCP,
		 .tunnel = PKT_TUNNEL_VXLAN,
		 .tunnel_cksum = true,
		 .outer.version = 4,
		 .ip.version = 6,
		 .payload = 6007},
		0},
	{{.proto = IPPROTO_UDP, .ip.version = 4, .payload = 6007}, CLEAVE_GSO_FRAGMENT},
	{{.proto = IPPROTO_UDP, .ip.version = 6, .payload = 6007}, CLEAVE_GSO_FRAGMENT},
	{{.proto = IPPROTO_SCTP, .ip.version = 4, .payload = 6008}, CLEAVE_GSO_BY_FRAGS},
};

static const uint16_t ways[] = {0, CLEAVE_GSO_SCATTER, CLEAVE_GSO_LINEAR};

/* With one pool of every size that is too small, then one of just the right size. */
static int
check_dry(const struct pkt *p, const struct cleave_gso_req *req, enum gso_input kind,
	const uint16_t *pieces, bool indirect)
{
	const struct cleave_gso_pools *pools = &gso.pools[0];
	struct rte_mempool *mp = indirect ? pools->indirect : pools->direct;
	struct rte_mbuf *out[512];
	struct cleave_pkt walk;
	struct gso_packet g;
	struct drain drain;
	unsigned int need;
	int n;

	TEST_ASSERT_SUCCESS(gso_packet(&g, p, kind, pieces, 4), "no packet");
	TEST_ASSERT_SUCCESS(cleave_parse(g.m, &walk), "no walk");
	n = cleave_gso_segment(g.m, &walk, req, pools, out, RTE_DIM(out));
	TEST_ASSERT(n > 0, "%d", n);
	need = rte_mempool_in_use_count(mp);
	check_free(out, n);
	TEST_ASSERT_SUCCESS(gso_packet_release(&g), "release");

	TEST_ASSERT_SUCCESS(gso_packet(&g, p, kind, pieces, 4), "no packet");
	for (unsigned int left = 0; left < need; left++) {
		TEST_ASSERT_SUCCESS(drain_to(&drain, mp, left), "drain");
		TEST_ASSERT_SUCCESS(gso_refused_packet(&g, req, pools, RTE_DIM(out), -ENOMEM),
			"%u of %u mbufs in %s", left, need, mp->name);
		drain_undo(&drain);
	}
	TEST_ASSERT_SUCCESS(drain_to(&drain, mp, need), "drain");
	n = cleave_gso_segment(g.m, &walk, req, pools, out, RTE_DIM(out));
	TEST_ASSERT(n > 0, "%d with all %u mbufs that it takes in %s", n, need, mp->name);
	check_free(out, n);
	drain_undo(&drain);
	return gso_packet_release(&g) < 0 ? TEST_FAILED : gso_pools_full();
}

static int
test_dry(void)
{
	static const uint16_t chains[][4] = {{2000, 2000, 2000, 2000}, {1448, 1448, 1448, 1448},
		{100, 100, 100, 100}, {66, 1000, 1000, 1000}, {13, 7, 3, 501}, {1, 1, 1, 77}};
	static const uint16_t sctp[] = {46, 1200, 1200, 1204};
	struct pkt p;
	int rc = 0;

	TEST_ASSERT_SUCCESS(pkt_build(&packets[5].spec, &p), "no frame");
	for (unsigned int i = 0; i < GSO_EMPTY * 3 * 2 && rc == 0; i++) {
		const struct cleave_gso_req req = {
			.type = CLEAVE_GSO_BY_FRAGS, .flags = ways[i / 2 % 3]};

		rc = check_dry(&p, &req, i / 6, sctp, i % 2);
	}
	pkt_free(&p);
	for (unsigned int n = 0; n < RTE_DIM(packets) - 1 && rc == 0; n++) {
		TEST_ASSERT_SUCCESS(pkt_build(&packets[n].spec, &p), "no frame");
		for (unsigned int i = 0; i < RTE_DIM(chains) * 3 * 4 && rc == 0; i++)
			for (enum gso_input kind = 0; kind < GSO_PINNED && rc == 0; kind++) {
				struct cleave_gso_req req = {.type = packets[n].type,
					.mss = i % 2 ? 500 : 3000,
					.flags = ways[i / 4 % 3]};

				rc = check_dry(&p, &req, kind, chains[i / 12], i / 2 % 2);
			}
		pkt_free(&p);
		if (rc < 0)
			printf("packet %u\n", n);
	}
	return rc;
}

static int
refused(const struct pkt_spec *s, struct cleave_gso_req req, uint16_t nb_out, int want)
{
	struct pkt p;
	int rc = 0;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	for (unsigned int i = 0; i < RTE_DIM(ways) && rc == 0; i++) {
		req.flags = (req.flags & ~(CLEAVE_GSO_SCATTER | CLEAVE_GSO_LINEAR)) | ways[i];
		rc = gso_refused(&p, &req, nb_out, want);
	}
	if (rc < 0)
		printf("type %u, mss %u, flags %x, room for %u: %s\n", req.type, req.mss, req.flags,
			nb_out, pkt_str(s));
	pkt_free(&p);
	return rc;
}

/* The array of segments one short, and shorter. */
static int
test_array(void)
{
	for (unsigned int n = 0; n < RTE_DIM(packets) - 1; n++) {
		struct cleave_gso_req req = {.type = packets[n].type, .mss = 1000};
		struct check_in in;
		struct pkt p;
		unsigned int nb;

		TEST_ASSERT_SUCCESS(pkt_build(&packets[n].spec, &p), "no frame");
		in = check_in(&p);
		nb = check_nb(&in, &req);
		pkt_free(&p);
		for (unsigned int room = 0; room < nb; room++)
			if (refused(&packets[n].spec, req, room, -ENOSPC) < 0)
				return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* More than CLEAVE_GSO_SEGS_MAX, however large the array is. */
static int
test_too_many(void)
{
	for (unsigned int n = 0; n < RTE_DIM(packets) - 1; n++) {
		struct cleave_gso_req req = {.type = packets[n].type};
		struct pkt_spec s = packets[n].spec;

		req.mss = req.type == CLEAVE_GSO_FRAGMENT ? 8 : 1;
		s.payload = req.mss * CLEAVE_GSO_SEGS_MAX + 1;
		if (refused(&s, req, GSO_OUT_MAX, -ENOSPC) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Sizes that make no sense, or just do. */
static int
test_mss(void)
{
	static const uint16_t few[] = {1, 3, 7, 8, 65535};

	for (unsigned int n = 0; n < RTE_DIM(packets) - 1; n++)
		for (unsigned int i = 0; i < RTE_DIM(few); i++) {
			struct cleave_gso_req req = {.type = packets[n].type};
			bool fragment = req.type == CLEAVE_GSO_FRAGMENT;
			struct pkt_spec s = packets[n].spec;
			struct pkt p;
			int rc;

			if (refused(&s, req, GSO_OUT_MAX, -EINVAL) < 0)
				return TEST_FAILED;
			req.mss = few[i];
			if (fragment && req.mss < 8) {
				if (refused(&s, req, GSO_OUT_MAX, -EINVAL) < 0)
					return TEST_FAILED;
				continue;
			}
			s.payload = RTE_MIN(s.payload, req.mss * 500u);
			TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
			rc = gso_cut(&p, &req, GSO_PLAIN, NULL, 0);
			pkt_free(&p);
			if (rc < 0)
				return TEST_FAILED;
		}
	return TEST_SUCCESS;
}

/* What does not fit the type, and types that do not exist. */
static int
test_types(void)
{
	struct pkt_spec tcp = packets[0].spec, udp = packets[1].spec, sctp = packets[5].spec;
	struct pkt_spec icmp = {.proto = IPPROTO_ICMP, .ip.version = 4, .payload = 3000};
	struct pkt_spec arp = {.payload = 3000};
	struct cleave_gso_req req = {.mss = 1000};
	const struct {
		const struct pkt_spec *spec;
		uint8_t type;
	} unfit[] = {
		{&sctp, CLEAVE_GSO_L4},
		{&icmp, CLEAVE_GSO_L4},
		{&arp, CLEAVE_GSO_L4},
		{&tcp, CLEAVE_GSO_BY_FRAGS},
		{&udp, CLEAVE_GSO_BY_FRAGS},
		{&icmp, CLEAVE_GSO_BY_FRAGS},
		{&icmp, CLEAVE_GSO_FRAGLIST},
		{&arp, CLEAVE_GSO_FRAGMENT},
	};

	for (unsigned int i = 0; i < RTE_DIM(unfit); i++) {
		req.type = unfit[i].type;
		if (refused(unfit[i].spec, req, GSO_OUT_MAX, -ENOTSUP) < 0)
			return TEST_FAILED;
	}
	for (unsigned int type = CLEAVE_GSO_TYPES; type < 256; type += 17) {
		req.type = type;
		if (refused(&tcp, req, GSO_OUT_MAX, -ENOTSUP) < 0 ||
			refused(&packets[2].spec, req, GSO_OUT_MAX, -ENOTSUP) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* A direct pool whose mbufs hold all but the last byte of the headers, or of a segment. */
static int
test_room(void)
{
	static struct rte_mempool *mp[2][RTE_DIM(packets)];

	for (unsigned int n = 0; n < 2 * (RTE_DIM(packets) - 1); n++) {
		unsigned int i = n / 2, linear = n % 2;
		struct cleave_gso_req req = {.type = packets[i].type,
			.mss = 1000,
			.flags = linear ? CLEAVE_GSO_LINEAR : CLEAVE_GSO_SCATTER};
		struct cleave_gso_pools pools = gso.pools[0];
		struct gso_packet g;
		char name[16];
		struct pkt p;
		uint32_t hdr;
		int rc;

		TEST_ASSERT_SUCCESS(pkt_build(&packets[i].spec, &p), "no frame");
		hdr = req.type != CLEAVE_GSO_FRAGMENT ? p.want.hdr_len
		      : p.want.ip[0].version == 4     ? 34
						      : 14 + 40 + 8;
		snprintf(name, sizeof(name), "room_%u", n);
		if (mp[linear][i] == NULL)
			mp[linear][i] = rte_pktmbuf_pool_create(name, 31, 0, 0,
				RTE_PKTMBUF_HEADROOM + hdr + linear * req.mss - 1, 0);
		pools.direct = mp[linear][i];
		TEST_ASSERT_NOT_NULL(pools.direct, "no pool");
		TEST_ASSERT_SUCCESS(gso_packet(&g, &p, GSO_CLONED, NULL, 0), "no packet");
		rc = gso_refused_packet(&g, &req, &pools, GSO_OUT_MAX, -EMSGSIZE);
		gso_packet_drop(&g);
		rc |= gso_packet_release(&g);
		pkt_free(&p);
		TEST_ASSERT_SUCCESS(rc, "packet %u, linear %u", i, linear);
		if (gso_pools_full() < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "cuts that fail",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_dry),
			TEST_CASE(test_array),
			TEST_CASE(test_too_many),
			TEST_CASE(test_mss),
			TEST_CASE(test_types),
			TEST_CASE(test_room),
			TEST_CASES_END(),
		},
};

static int
test_fail(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_fail_autotest, NOHUGE_OK, ASAN_OK, test_fail);
