/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_kernel_faults_autotest: what the running kernel does otherwise than SEMANTICS.md says, one test
 * a fault: that it still does it, and that what we make is what it makes of an input without the
 * cause. A kernel that has changed shows here. Neighbours: kernel.h; gso_kernel_ufo for the offsets
 * and the checksum of IPv6 fragments, gso_kernel_router for the last fragment.
 */
#include "kernel.h"

#define UFO_MSS 1480

static const struct cleave_gso_req ufo = {
	.mss = UFO_MSS, .type = CLEAVE_GSO_FRAGMENT, .flags = CLEAVE_GSO_COMPLETE};

static int
setup(void)
{
	return kernel_open(WIRE_BRIDGE, 9216);
}

/* A packet into the kernel that has to make so many of it. */
static int
cut(struct pkt *p, uint8_t gso_type, uint16_t mss, unsigned int want)
{
	struct wire_hdr h;

	kernel_partial(p, gso_type, mss, &h);
	return kernel_cut(&h, p->data, p->len, want);
}

/* Accurate ECN, which takes the CWR bit in every segment for its own. The TUN of Linux 6.18 does
 * not know the mark (its stack has SKB_GSO_TCP_ACCECN); one that does has to do as we do. */
static int
test_accecn(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 5000};
	const struct cleave_gso_req req = {.mss = 1448, .flags = CLEAVE_GSO_ACCECN};
	struct wire_hdr h;
	struct pkt p;
	int rc;

	s.tcp_flags = CLEAVE_TCP_ACK | CLEAVE_TCP_CWR;
	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	kernel_partial(&p, VIRTIO_NET_HDR_GSO_TCPV4 | WIRE_GSO_ACCECN, req.mss, &h);
	rc = kernel_refuses(&h, p.data, p.len);
	if (rc == 0) {
		printf("the kernel takes accurate ECN\n");
		rc = kernel_cut(&h, p.data, p.len, 4) < 0 ? TEST_FAILED : kernel_same(&p, &req);
	} else {
		TEST_ASSERT_EQUAL(rc, -EINVAL, "refused: %s", strerror(-rc));
		printf("the kernel's TUN does not take accurate ECN\n");
		rc = TEST_SUCCESS;
	}
	pkt_free(&p);
	return rc;
}

/* A request with no more payload than one segment is one segment. The kernel counts TCP options as
 * payload to see whether there is something to cut, and then, as there is not, loses the packet. */
static int
test_whole(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 1448};
	const struct cleave_gso_req req = {.mss = 1448};
	struct pkt p;
	int rc;

	s.tcp_opt = PKT_TCP_TS;
	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	rc = cut(&p, VIRTIO_NET_HDR_GSO_TCPV4, req.mss, 0);
	if (rc == 0)
		rc = cut(&p, VIRTIO_NET_HDR_GSO_NONE, 0, 1);
	if (rc == 0)
		rc = kernel_same(&p, &req);
	pkt_free(&p);
	return rc;
}

/* No more than 128 datagrams (UDP_MAX_SEGMENTS), as its sockets make them. Ours has no such limit. */
static int
test_datagrams(void)
{
	struct pkt_spec s = {.proto = IPPROTO_UDP, .ip.version = 4, .payload = 128 * 100 + 1};
	struct wire_hdr h;
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	kernel_partial(&p, VIRTIO_NET_HDR_GSO_UDP_L4, 100, &h);
	rc = kernel_refuses(&h, p.data, p.len);
	pkt_free(&p);
	TEST_ASSERT_EQUAL(rc, -EINVAL, "the kernel takes %u datagrams (%d)", 129, rc);
	return TEST_SUCCESS;
}

/* A datagram with DF: the kernel takes the bit away and makes the fragments of one without; here
 * it is an error. */
static int
test_df(void)
{
	struct pkt_spec s = {.proto = IPPROTO_UDP, .ip.version = 4, .payload = 5000};
	struct pkt p, df;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	s.ip.df = true;
	TEST_ASSERT_SUCCESS(pkt_build(&s, &df), "no frame");
	rc = cut(&p, VIRTIO_NET_HDR_GSO_UDP, UFO_MSS, 4);
	if (rc == 0)
		rc = cut(&df, VIRTIO_NET_HDR_GSO_UDP, UFO_MSS, 4);
	if (rc == 0)
		rc = gso_refused(&df, &ufo, 100, -ENOTSUP);
	if (rc == 0)
		rc = kernel_same(&p, &ufo);
	pkt_free(&df);
	pkt_free(&p);
	return rc;
}

/* An option without the copy bit: the kernel leaves it in every fragment (its router does not, see
 * gso_kernel_router); here the first one alone has it. */
static int
test_ip4_options(void)
{
	struct pkt_spec s = {
		.proto = IPPROTO_UDP, .ip = {.version = 4, .opt_len = 12}, .payload = 5000};
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	kernel_put_options(&p);
	rc = cut(&p, VIRTIO_NET_HDR_GSO_UDP, UFO_MSS, 4);
	for (unsigned int i = 1; rc == 0 && i < kernel.nb; i++) {
		uint8_t *h = (uint8_t *)(uintptr_t)kernel.seg[i].data + 14;

		TEST_ASSERT(memcmp(h + 20, p.data + 34, 12) == 0, "fragment %u: other options", i);
		memset(h + 24, 1, 7);
		pkt_put16(h + 10, 0);
		pkt_put16(h + 10, ~pkt_sum(h, 32));
	}
	if (rc == 0)
		rc = kernel_same(&p, &ufo);
	pkt_free(&p);
	return rc;
}

/* A size that is no multiple of 8: the kernel makes fragments of that size, and offsets that do not
 * say where they belong; here it is rounded down. */
static int
test_odd_size(void)
{
	struct pkt_spec s = {.proto = IPPROTO_UDP, .ip.version = 4, .payload = 3001 - 8};
	struct cleave_gso_req req = ufo;
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	rc = cut(&p, VIRTIO_NET_HDR_GSO_UDP, 1001, 3);
	if (rc == 0) {
		uint16_t off = pkt_be16(kernel.seg[2].data + 14 + 6);

		TEST_ASSERT_EQUAL(
			kernel.seg[1].len, 14u + 20 + 1001, "%u bytes", kernel.seg[1].len);
		TEST_ASSERT_EQUAL(off, 2 * 1001 / 8, "offset %u", off * 8);
		rc = cut(&p, VIRTIO_NET_HDR_GSO_UDP, 1000, 4);
	}
	req.mss = 1001;
	if (rc == 0)
		rc = kernel_same(&p, &req);
	pkt_free(&p);
	return rc;
}

/* Destination options behind a routing header belong to the fragmentable part, once. The kernel puts
 * its Fragment header before them and copies them into every fragment, so that what comes together
 * at the other end is no longer the datagram. */
static int
destination_copied(const struct pkt *p)
{
	uint32_t at = p->want.l4_off - 8, ext = at - p->want.ip[0].off - 40;

	for (unsigned int i = 0; i < kernel.nb; i++) {
		const uint8_t *f = kernel.seg[i].data + at;
		uint32_t off = pkt_be16(f + 2) & ~7;

		TEST_ASSERT_EQUAL(f[0], IPPROTO_DSTOPTS, "fragment %u: next header %u", i, f[0]);
		TEST_ASSERT_EQUAL(off, i * (UFO_MSS + 8 + ext), "offset %u", off);
		TEST_ASSERT(memcmp(f + 8, p->data + at, 8) == 0, "fragment %u: no options", i);
	}
	return TEST_SUCCESS;
}

/* Without a routing header all of them belong there (RFC 8200 4.5). The kernel puts its Fragment
 * header behind them. */
static int
destination_unfragmented(const struct pkt *p)
{
	for (unsigned int i = 0; i < kernel.nb; i++) {
		const uint8_t *f = kernel.seg[i].data + p->want.l4_off;

		TEST_ASSERT_EQUAL(f[0], IPPROTO_UDP, "fragment %u: next header %u", i, f[0]);
	}
	return TEST_SUCCESS;
}

static int
test_destination(void)
{
	static int (*const checks[])(const struct pkt *p) = {
		[6] = destination_copied, [8] = destination_unfragmented};
	int rc = TEST_SUCCESS;

	for (unsigned int i = 6; rc == 0 && i <= 8; i += 2) {
		struct pkt_spec s = {.proto = IPPROTO_UDP, .ip = *pkt_shape(i), .payload = 5000};
		struct pkt p;

		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		rc = cut(&p, VIRTIO_NET_HDR_GSO_UDP, UFO_MSS, 4) < 0 ? TEST_FAILED : checks[i](&p);
		pkt_free(&p);
	}
	return rc;
}

static struct unit_test_suite suite = {
	.suite_name = "segmentation: what the running kernel does otherwise",
	.setup = setup,
	.teardown = kernel_close,
	.unit_test_cases =
		{
			TEST_CASE(test_accecn),
			TEST_CASE(test_whole),
			TEST_CASE(test_datagrams),
			TEST_CASE(test_df),
			TEST_CASE(test_ip4_options),
			TEST_CASE(test_odd_size),
			TEST_CASE(test_destination),
			TEST_CASES_END(),
		},
};

static int
test_gso_kernel_faults(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_kernel_faults_autotest, NOHUGE_OK, ASAN_OK, test_gso_kernel_faults);
