/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_kernel_router_autotest: the running kernel routes IPv4 packets that are longer than the MTU
 * of the way out; its fragments are those that cleave_gso_segment() makes of the packet with a TTL
 * less by one. Neighbours: kernel.h; gso_kernel_ufo for the kernel's fragments of super-packets.
 */
#include "kernel.h"

/* The same packet as the router gets it, and as it would leave whole. */
static int
build_both(const struct pkt_spec *s, struct pkt *before, struct pkt *after)
{
	struct pkt_spec t = *s;

	TEST_ASSERT_SUCCESS(pkt_build(&t, before), "no frame");
	t.ip.ttl--;
	TEST_ASSERT_SUCCESS(pkt_build(&t, after), "no frame");
	return TEST_SUCCESS;
}

/* As ip_do_fragment() counts: all but the last fragment are multiples of 8 bytes. */
static unsigned int
count(const struct pkt *p, unsigned int mtu)
{
	const struct cleave_ip *ip = &p->want.ip[0];
	uint32_t room = mtu - ip->len, len = p->want.frame_len - ip->off - ip->len;
	unsigned int n = 1;

	for (; len > room; n++)
		len -= room & ~7;
	return n;
}

/* partial: the L4 checksum is still to be completed, by the router or by us. */
static int
same_packet(struct pkt *before, struct pkt *after, unsigned int mtu, bool partial)
{
	struct cleave_gso_req req = {.type = CLEAVE_GSO_FRAGMENT};
	struct wire_hdr h = {.unused = {0}};

	req.mss = mtu - before->want.ip[0].len;
	if (partial) {
		req.flags = CLEAVE_GSO_COMPLETE;
		kernel_partial(after, VIRTIO_NET_HDR_GSO_NONE, 0, &h);
		kernel_partial(before, VIRTIO_NET_HDR_GSO_NONE, 0, &h);
	}
	if (kernel_cut(&h, before->data, before->len, count(before, mtu)) < 0)
		return TEST_FAILED;
	return kernel_same(after, &req);
}

static int
same(const struct pkt_spec *s, unsigned int mtu, bool partial)
{
	struct pkt before, after;
	int rc;

	if (build_both(s, &before, &after) < 0)
		return TEST_FAILED;
	rc = same_packet(&before, &after, mtu, partial);
	if (rc < 0)
		printf("MTU %u: %s\n", mtu, pkt_str(s));
	pkt_free(&before);
	pkt_free(&after);
	return rc;
}

/* Packets around each whole number of fragments, up to the longest. */
static int
sizes(struct pkt_spec *s, unsigned int mtu, bool partial)
{
	uint32_t hdr = 20 + s->ip.opt_len, mss = (mtu - hdr) & ~7;
	uint32_t l4 = s->proto == IPPROTO_UDP ? 8 : s->proto == IPPROTO_TCP ? 20 : 0;
	const uint32_t lens[] = {mss / 2, mss - 8, mss, mss + 8, 2 * mss - 1, 2 * mss, 2 * mss + 8,
		2 * mss + 9, 3 * mss + mss / 2, 7 * mss - 8, 17 * mss + 333, 65535};

	for (unsigned int i = 0; i < RTE_DIM(lens); i++) {
		uint32_t len = RTE_MIN(lens[i], 65535u - hdr - s->ip.frag_off * 8u);

		if (s->ip.mf)
			len &= ~7u;
		s->payload = len - l4;
		s->ip.id = i * 977;
		s->ip.tos = i;
		s->seed = i + 1;
		if (same(s, mtu, partial) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static const uint8_t protos[] = {IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_TCP};
static const uint16_t mtus[] = {1500, 576, 1499, 9000};

/* UDP, TCP and ICMP over each MTU, plain and with an IPv4 option that is copied. */
static int
test_protocols(void)
{
	for (unsigned int i = 0; i < RTE_DIM(mtus); i++) {
		int rc = kernel_open(WIRE_ROUTER, mtus[i]);

		for (unsigned int k = 0; rc == 0 && k < 2 * RTE_DIM(protos); k++) {
			struct pkt_spec s = {.proto = protos[k / 2], .ip = *pkt_shape(k % 2)};

			s.ip.df = false;
			s.ip.ttl = 2 + k;
			rc = sizes(&s, mtus[i], false);
		}
		kernel_close();
		if (rc != 0)
			return rc;
	}
	return TEST_SUCCESS;
}

/* A guest's packet whose checksum nobody has computed: before it is cut, as only the first fragment
 * has the field. */
static int
test_partial(void)
{
	struct pkt_spec s = {.proto = IPPROTO_UDP, .ip = {.version = 4, .ttl = 64}};
	int rc = kernel_open(WIRE_ROUTER, 1500);

	if (rc == 0)
		rc = sizes(&s, 1500, true);
	s.proto = IPPROTO_TCP;
	if (rc == 0)
		rc = sizes(&s, 1500, true);
	kernel_close();
	return rc;
}

/* A first, a middle and a last fragment that are still too long. */
static int
test_again(void)
{
	static const struct pkt_ip again[] = {
		{.version = 4, .ttl = 64, .mf = true},
		{.version = 4, .ttl = 64, .mf = true, .frag_off = 1110},
		{.version = 4, .ttl = 64, .frag_off = 1110},
		{.version = 4, .ttl = 64, .frag_off = 1, .opt_len = 4},
	};
	int rc = kernel_open(WIRE_ROUTER, 1500);

	for (unsigned int i = 0; rc == 0 && i < RTE_DIM(again); i++)
		for (unsigned int k = 0; rc == 0 && k < RTE_DIM(protos); k++) {
			struct pkt_spec s = {.proto = protos[k], .ip = again[i]};

			rc = sizes(&s, 1500, false);
		}
	kernel_close();
	return rc;
}

/* Options without the copy bit are in the first fragment only, and no-operations in the others. */
static int
test_options(void)
{
	struct pkt_spec s = {.proto = IPPROTO_UDP, .ip = {.version = 4, .ttl = 64, .opt_len = 12}};
	struct pkt before, after;
	int rc;

	s.payload = 5000;
	if (build_both(&s, &before, &after) < 0)
		return TEST_FAILED;
	kernel_put_options(&before);
	kernel_put_options(&after);
	rc = kernel_open(WIRE_ROUTER, 1500);
	if (rc == 0)
		rc = same_packet(&before, &after, 1500, false);
	kernel_close();
	pkt_free(&before);
	pkt_free(&after);
	return rc;
}

/* What the router makes of 1472 + last bytes behind the IP header. */
static int
routed(uint32_t last, unsigned int mtu, struct pkt *after)
{
	struct pkt_spec s = {.proto = IPPROTO_ICMP, .ip = {.version = 4, .ttl = 64}};
	const struct wire_hdr h = {.unused = {0}};
	struct pkt before;
	int rc;

	s.payload = 1472 + last;
	if (build_both(&s, &before, after) < 0)
		return TEST_FAILED;
	rc = kernel_cut(&h, before.data, before.len, count(&before, mtu));
	pkt_free(&before);
	return rc;
}

/* MTU 1499: the router's last fragment need be no multiple of 8 and takes 1479 bytes behind its
 * header, where the others take 1472. Here all sizes are rounded down, as they are for UFO: the
 * fragments are those of MTU 1492. */
static int
test_last(void)
{
	const struct cleave_gso_req req = {.mss = 1479, .type = CLEAVE_GSO_FRAGMENT};

	for (uint32_t last = 1473; last < 1480; last += 3) {
		struct pkt p;
		int rc = kernel_open(WIRE_ROUTER, 1499);

		if (rc == 0) {
			rc = routed(last, 1499, &p);
			pkt_free(&p);
		}
		if (rc == 0 && kernel.nb != 2)
			rc = TEST_FAILED;
		kernel_close();
		if (rc == 0)
			rc = kernel_open(WIRE_ROUTER, 1492);
		if (rc == 0) {
			rc = routed(last, 1492, &p) < 0 ? TEST_FAILED : kernel_same(&p, &req);
			pkt_free(&p);
		}
		kernel_close();
		if (rc != 0)
			return rc;
	}
	return TEST_SUCCESS;
}

/* DF: nothing leaves the router, and here it is an error. */
static int
test_df(void)
{
	const struct cleave_gso_req req = {.mss = 1480, .type = CLEAVE_GSO_FRAGMENT};
	struct pkt_spec s = {.proto = IPPROTO_UDP, .ip.version = 4, .payload = 5000};
	const struct wire_hdr h = {.unused = {0}};
	struct pkt p;
	int rc;

	s.ip.df = true;
	rc = kernel_open(WIRE_ROUTER, 1500);
	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	if (rc == 0)
		rc = kernel_cut(&h, p.data, p.len, 0);
	if (rc == 0)
		rc = gso_refused(&p, &req, 100, -ENOTSUP);
	pkt_free(&p);
	kernel_close();
	return rc;
}

static struct unit_test_suite suite = {
	.suite_name = "IPv4 fragmentation: the running kernel's router",
	.unit_test_cases =
		{
			TEST_CASE(test_protocols),
			TEST_CASE(test_partial),
			TEST_CASE(test_again),
			TEST_CASE(test_options),
			TEST_CASE(test_last),
			TEST_CASE(test_df),
			TEST_CASES_END(),
		},
};

static int
test_gso_kernel_router(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_kernel_router_autotest, NOHUGE_OK, ASAN_OK, test_gso_kernel_router);
