/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tshark_autotest: that the judge of gso_tshark would tell. Of frames as they were built, and the same
 * with a byte changed, or with a checksum more to be found than there are, it has to find all of the
 * latter and no more. Neighbour: tshark.h.
 */
#include "test.h"
#include "tshark.h"

static struct tshark shark;

/* A packet as it is; the same with a byte changed, at its end and in its last IPv4 header's TTL; the
 * same with a checksum more to be found. Returns how many of them are to be found at fault, or -1. */
static int
add_broken(const struct pkt_spec *s, const struct pkt *p)
{
	const struct cleave_ip *ip = cleave_inner_ip(&p->want);
	struct tshark_want w = tshark_whole(s, p), more = w;
	int rc, nb = 2;

	more.tcp++;
	rc = tshark_add(&shark, p->data, p->len, &w) | tshark_add(&shark, p->data, p->len, &more);
	p->data[p->len - 1] ^= 0x10;
	rc |= tshark_add(&shark, p->data, p->len, &w);
	p->data[p->len - 1] ^= 0x10;
	if (ip->version == 4) {
		p->data[ip->off + 8]++;
		rc |= tshark_add(&shark, p->data, p->len, &w);
		nb++;
	}
	return rc < 0 ? rc : nb;
}

static int
test_tshark(void)
{
	int rc = tshark_open(&shark), found, want = 0, n = 0;

	for (unsigned int i = 0; rc == 0 && i < 4 + pkt_tunnel_variants() && n >= 0; i++) {
		struct pkt_spec s = {.ip.version = i % 2 ? 6 : 4};
		struct pkt p;

		s = i < 4 ? s : *pkt_tunnel_variant(i - 4);
		s.proto = i / 2 % 2 ? IPPROTO_UDP : IPPROTO_TCP;
		s.payload = 99 + i;
		if (pkt_remcsum(&s) || s.tunnel == PKT_TUNNEL_GUE)
			continue;
		s.sport = s.dport = 39201; /* of no protocol that tshark knows */
		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		n = add_broken(&s, &p);
		want += n;
		pkt_free(&p);
	}
	printf("%u frames, %d broken on purpose:\n", shark.nb, want);
	found = rc == 0 ? tshark_judge(&shark) : 0;
	tshark_close(&shark);
	TEST_ASSERT(n >= 0 && found == want, "%d at fault, not %d", found, want);
	return rc;
}

REGISTER_FAST_TEST(tshark_autotest, NOHUGE_OK, ASAN_OK, test_tshark);
