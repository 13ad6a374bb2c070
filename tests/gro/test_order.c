/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_order_autotest: known faults of others (SEMANTICS.md part 4, 11 to 15) in which a packet
 * overtakes what is held of its flow, or is taken for what it is not. Neighbours: gro_test.h.
 */
#include "gro_test.h"

static struct pkt_spec
base(uint8_t version)
{
	struct pkt_spec s = {.ip = {.version = version, .df = true, .id = 5},
		.proto = IPPROTO_TCP,
		.tcp_flags = CLEAVE_TCP_ACK,
		.seq = 1,
		.payload = 800};

	return s;
}

static void
bad_ip(struct gro_frame *f)
{
	f->p.data[14 + 10] ^= 1;
}

static void
bad_l4(struct gro_frame *f)
{
	f->p.data[f->p.want.l4_off + 16] ^= 1;
}

static void
bad_by_port(struct gro_frame *f)
{
	f->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_BAD;
}

static void
reserved_bit(struct gro_frame *f)
{
	f->p.data[14 + 6] ^= 0x80;
	gro_fix(f);
}

static void
merged_before(struct gro_frame *f)
{
	f->ol_flags = RTE_MBUF_F_RX_LRO;
	f->tso_segsz = 400;
}

static void
longer_than_there(struct gro_frame *f)
{
	f->p.data[14 + 2] += 0x10;
	gro_fix(f);
	f->verdict = GRO_NEVER;
}

/* What passes, between data of the flow that is held and data that goes on behind it. */
static const struct passer {
	const char *name;
	uint8_t tcp_flags, opt_len;
	bool empty, mf, ip4_only;
	uint16_t frag_off;
	void (*change)(struct gro_frame *f);
	enum cleave_gro_pass pass;
} passers[] = {
	{.name = "a pure ACK", .empty = true, .pass = CLEAVE_GRO_PASS_EMPTY},
	{.name = "FIN without data", .empty = true, .tcp_flags = 1, .pass = CLEAVE_GRO_PASS_EMPTY},
	{.name = "CWR without data",
		.empty = true,
		.tcp_flags = 0x80,
		.pass = CLEAVE_GRO_PASS_EMPTY},
	{.name = "RST", .tcp_flags = CLEAVE_TCP_RST, .pass = CLEAVE_GRO_PASS_FLAGS},
	{.name = "SYN", .tcp_flags = CLEAVE_TCP_SYN, .pass = CLEAVE_GRO_PASS_FLAGS},
	{.name = "URG", .tcp_flags = CLEAVE_TCP_URG, .pass = CLEAVE_GRO_PASS_FLAGS},
	{.name = "options", .opt_len = 8, .ip4_only = true, .pass = CLEAVE_GRO_PASS_IP_OPTIONS},
	{.name = "reserved bit",
		.change = reserved_bit,
		.ip4_only = true,
		.pass = CLEAVE_GRO_PASS_IP_OPTIONS},
	{.name = "first fragment", .mf = true, .pass = CLEAVE_GRO_PASS_FRAGMENT},
	{.name = "fragment", .mf = true, .frag_off = 100, .pass = CLEAVE_GRO_PASS_FRAGMENT},
	{.name = "last fragment", .frag_off = 100, .pass = CLEAVE_GRO_PASS_FRAGMENT},
	{.name = "bad IPv4 checksum",
		.change = bad_ip,
		.ip4_only = true,
		.pass = CLEAVE_GRO_PASS_BAD},
	{.name = "bad checksum", .change = bad_l4, .pass = CLEAVE_GRO_PASS_BAD},
	{.name = "bad as the port says", .change = bad_by_port, .pass = CLEAVE_GRO_PASS_BAD},
	{.name = "merged before", .change = merged_before, .pass = CLEAVE_GRO_PASS_MERGED_BEFORE},
	{.name = "total length too long",
		.change = longer_than_there,
		.ip4_only = true,
		.pass = CLEAVE_GRO_PASS_BAD},
};

/* It passes, in the flow s, which is moved on. */
static int
add_passer(struct pkt_spec *s, const struct passer *p)
{
	struct pkt_spec f = *s;
	struct gro_frame *frame;

	f.tcp_flags |= p->tcp_flags;
	f.payload = p->empty ? 0 : s->payload;
	if (s->ip.version == 4) {
		f.ip.mf = p->mf;
		f.ip.frag_off = p->frag_off;
		f.ip.opt_len = p->opt_len;
	} else if (p->mf || p->frag_off) {
		f.ip.nb_ext = 1;
		f.ip.ext[0] = (struct pkt_ext){.type = IPPROTO_FRAGMENT};
	}
	frame = gro_add(&f);
	TEST_ASSERT_NOT_NULL(frame, "no frame");
	if (f.ip.nb_ext)
		pkt_put16(frame->p.data + 14 + 42, p->frag_off << 3 | p->mf);
	if (p->change != NULL)
		p->change(frame);
	s->seq += f.payload;
	s->ip.id++;
	return TEST_SUCCESS;
}

/* Data is held; what passes takes it along, in front of it. */
static int
bypass(const struct passer *p, uint8_t version, uint32_t timeout)
{
	struct pkt_spec s = base(version);

	gro_begin(CLEAVE_GRO_TCP);
	gro.conf.timeout_us = timeout;
	gro_train(&s, 2);
	if (add_passer(&s, p) < 0)
		return TEST_FAILED;
	gro_train(&s, 2);
	if (timeout != 0) {
		TEST_ASSERT_SUCCESS(gro_feed(2), "no burst");
		TEST_ASSERT_EQUAL(cleave_gro_held(gro.gro), 1, "nothing is held");
		TEST_ASSERT_SUCCESS(gro_feed(1), "no burst");
		TEST_ASSERT(gro.nb_out == 2 && gro.out[1] == gro.f[2].m &&
				    cleave_gro_held(gro.gro) == 0,
			"%s: %u packets left, %u are held", p->name, gro.nb_out,
			cleave_gro_held(gro.gro));
	}
	TEST_ASSERT_SUCCESS(gro_end("AABCC"), "%s", p->name);
	TEST_ASSERT_EQUAL(gro.stats.pass[p->pass], 1, "%s: %s is %u", p->name,
		cleave_gro_pass_name(p->pass), (unsigned int)gro.stats.pass[p->pass]);
	TEST_ASSERT_EQUAL(
		gro.stats.flush[CLEAVE_GRO_FLUSH_PASSED], 1, "%s: no flush counted", p->name);
	return TEST_SUCCESS;
}

static int
test_bypass(void)
{
	for (unsigned int i = 0; i < RTE_DIM(passers) * 4; i++) {
		uint8_t version = i & 1 ? 6 : 4;

		if (version == 6 && passers[i / 4].ip4_only)
			continue;
		TEST_ASSERT_SUCCESS(bypass(&passers[i / 4], version, i & 2 ? 1000000 : 0),
			"%s, IPv%u", passers[i / 4].name, version);
	}
	return TEST_SUCCESS;
}

/* All of them one after the other, each with data of many flows held. */
static int
test_all_of_them(void)
{
	struct pkt_spec s[5];

	for (unsigned int v = 4; v <= 6; v += 2) {
		gro_begin(CLEAVE_GRO_TCP);
		gro.conf.timeout_us = 1000000;
		for (unsigned int i = 0; i < RTE_DIM(s); i++) {
			s[i] = base(v);
			s[i].sport = 100 + i;
		}
		for (unsigned int i = 0; i < RTE_DIM(passers) * 5; i++) {
			if (v == 6 && passers[i / 5].ip4_only)
				continue;
			for (unsigned int k = 0; k < RTE_DIM(s); k++)
				gro_train(&s[k], 2);
			TEST_ASSERT_SUCCESS(add_passer(&s[i % 5], &passers[i / 5]), "no frame");
			TEST_ASSERT_SUCCESS(gro_feed(gro.nb - gro.fed), "no burst");
		}
		gro.loose = true; /* a fragment ends the wait of all */
		TEST_ASSERT_SUCCESS(gro_end(NULL), "IPv%u", v);
	}
	return TEST_SUCCESS;
}

/* FIN comes last, joins, and stays on the last segment. */
static int
test_fin(void)
{
	for (unsigned int at = 1; at < 6; at++) {
		struct pkt_spec s = base(4);
		char want[7] = "AAAAAA";

		gro_begin(CLEAVE_GRO_TCP);
		gro.conf.timeout_us = 1000;
		gro_train(&s, at);
		s.tcp_flags |= CLEAVE_TCP_FIN | CLEAVE_TCP_PSH;
		gro_train(&s, 1);
		want[at + 1] = '\0';
		for (unsigned int i = 0; i < at; i++)
			TEST_ASSERT_SUCCESS(gro_feed(1), "no burst");
		TEST_ASSERT_SUCCESS(gro_feed(1), "no burst");
		TEST_ASSERT_EQUAL(gro.nb_out, 1, "closed, and still held");
		TEST_ASSERT_SUCCESS(gro_end(want), "FIN on packet %u", at);
		TEST_ASSERT_EQUAL(gro.stats.flush[CLEAVE_GRO_FLUSH_CLOSED], 1, "not counted");
	}
	return TEST_SUCCESS;
}

/* CWR amid data (fault 13): before it all that came before. */
static int
test_cwr(void)
{
	struct pkt_spec s = base(4);

	gro_begin(CLEAVE_GRO_TCP);
	gro.conf.timeout_us = 1000;
	gro_train(&s, 2);
	s.tcp_flags |= CLEAVE_TCP_CWR;
	gro_train(&s, 1);
	s.tcp_flags &= ~CLEAVE_TCP_CWR;
	gro_train(&s, 2);
	for (unsigned int i = 0; i < 5; i++)
		TEST_ASSERT_SUCCESS(gro_feed(1), "no burst");
	return gro_end("AABCC");
}

/* TCP and UDP of the same addresses and ports. */
static int
test_same_ports(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct pkt_spec tcp = base(i ? 6 : 4), udp = tcp;

		udp.proto = IPPROTO_UDP;
		gro_begin(CLEAVE_GRO_TCP | CLEAVE_GRO_UDP);
		for (unsigned int k = 0; k < 4; k++) {
			gro_train(&tcp, 1);
			gro_train(&udp, 1);
		}
		TEST_ASSERT_SUCCESS(gro_end("ABABABAB"), "IPv%u", tcp.ip.version);
	}
	return TEST_SUCCESS;
}

/* What a port says of the packet's type is no more than a hint, and 0x500 is not 0x100 and more. */
static int
test_packet_type(void)
{
	static const uint32_t types[] = {0,
		RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_ICMP,
		RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_TCP,
		RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV6 | RTE_PTYPE_L4_UDP, UINT32_MAX};
	static const uint8_t protos[] = {IPPROTO_ICMP, IPPROTO_SCTP, IPPROTO_UDP, IPPROTO_ESP, 33};

	for (unsigned int i = 0; i < RTE_DIM(types) * RTE_DIM(protos) * 2; i++) {
		struct pkt_spec s = base(i % 2 ? 6 : 4);

		s.proto = protos[i / 2 % RTE_DIM(protos)];
		gro_begin(CLEAVE_GRO_TCP);
		gro_train(&s, 4);
		for (unsigned int k = 0; k < 4; k++)
			gro.f[k].packet_type = types[i / 2 / RTE_DIM(protos)];
		TEST_ASSERT_SUCCESS(gro_end("ABCD"), "protocol %u, type %x", s.proto,
			types[i / 2 / RTE_DIM(protos)]);
		TEST_ASSERT_EQUAL(gro.stats.pass[CLEAVE_GRO_PASS_OTHER], 4,
			"protocol %u: not counted", s.proto);
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "merging: order",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_bypass),
			TEST_CASE(test_all_of_them),
			TEST_CASE(test_fin),
			TEST_CASE(test_cwr),
			TEST_CASE(test_same_ports),
			TEST_CASE(test_packet_type),
			TEST_CASES_END(),
		},
};

static int
test_gro_order(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_order_autotest, NOHUGE_OK, ASAN_OK, test_gro_order);
