/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Frames of the GRO tests: trains of them, and changes of their bytes. Neighbours: gro_test.h,
 * gro_key.c (their flows), gro_run.c.
 */
#include "gro_test.h"

struct gro_frame *
gro_add(const struct pkt_spec *s)
{
	struct gro_frame *f = &gro.f[gro.nb];

	if (gro.nb == GRO_FRAMES_MAX)
		return NULL;
	memset(f, 0, offsetof(struct gro_frame, key));
	if (pkt_build(s, &f->p) < 0)
		return NULL;
	f->super = -1;
	gro.nb++;
	return f;
}

void
gro_next(struct pkt_spec *s, int id_step, int outer_id_step)
{
	s->seq += s->payload;
	s->seed += 0x9e3779b1;
	s->ip.id += id_step;
	s->outer.id += outer_id_step;
}

unsigned int
gro_train(struct pkt_spec *s, unsigned int n)
{
	unsigned int first = gro.nb;

	for (; n > 0; n--) {
		gro_add(s);
		gro_next(s, 1, 1);
	}
	return first;
}

static uint16_t
complement(uint8_t proto, uint16_t sum)
{
	sum = ~sum;
	return proto == IPPROTO_UDP && sum == 0 ? 0xffff : sum;
}

/* The L4 checksum, from what the length of the frame says. */
static void
fix_l4(struct gro_frame *f)
{
	const struct cleave_pkt *w = &f->p.want;
	uint32_t len = w->frame_len - w->l4_off;
	uint8_t *l4 = f->p.data + w->l4_off, *field;

	if (w->depth != CLEAVE_DEPTH_L4 || w->l4_proto == IPPROTO_SCTP ||
		(w->tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM))
		return;
	field = l4 + (w->l4_proto == IPPROTO_TCP ? 16 : 6);
	pkt_put16(field, 0);
	pkt_put16(field, complement(w->l4_proto, pkt_sum_add(pkt_sum(l4, len),
							 pkt_pseudo(f->p.data, cleave_inner_ip(w),
								 w->l4_proto, len))));
}

void
gro_fix(struct gro_frame *f)
{
	const struct cleave_pkt *w = &f->p.want;
	uint32_t len = w->frame_len - w->tunnel_off;
	uint8_t *d = f->p.data, *t = d + w->tunnel_off;

	for (unsigned int l = 0; l < w->nb_ip; l++) {
		uint8_t *h = d + w->ip[l].off;

		if (w->ip[l].version != 4)
			continue;
		pkt_put16(h + 10, 0);
		pkt_put16(h + 10, ~pkt_sum(h, w->ip[l].len));
	}
	fix_l4(f);
	if (w->nb_ip < 2)
		return;
	if (w->tunnel_cksum != 0) {
		pkt_put16(d + w->tunnel_cksum, 0);
		pkt_put16(d + w->tunnel_cksum, ~pkt_sum(t, len));
	} else if (w->ip[0].proto == IPPROTO_UDP && pkt_be16(t + 6) != 0) {
		pkt_put16(t + 6, 0);
		pkt_put16(t + 6, complement(IPPROTO_UDP,
					 pkt_sum_add(pkt_sum(t, len),
						 pkt_pseudo(d, &w->ip[0], IPPROTO_UDP, len))));
	}
}

int
gro_insert(struct gro_frame *f, uint16_t off, const void *data, uint16_t len)
{
	struct cleave_pkt *w = &f->p.want;
	uint16_t *const offs[] = {&w->mac_len, &w->l2_len, &w->ip[0].off, &w->ip[0].dst_off,
		&w->ip[1].off, &w->ip[1].dst_off, &w->tunnel_off, &w->inner_off, &w->tunnel_len,
		&w->tunnel_len_from, &w->tunnel_cksum, &w->l4_off, &w->hdr_len};
	uint8_t *p = realloc(f->p.data, f->p.len + len);

	TEST_ASSERT_NOT_NULL(p, "no memory");
	memmove(p + off + len, p + off, f->p.len - off);
	memcpy(p + off, data, len);
	f->p.data = p;
	f->p.len += len;
	for (unsigned int i = 0; i < RTE_DIM(offs); i++)
		if (*offs[i] >= off && *offs[i] != 0)
			*offs[i] += len;
	w->frame_len += len;
	return TEST_SUCCESS;
}

void
gro_show(const struct gro_frame *f)
{
	const struct cleave_pkt *w = &f->p.want;
	const uint8_t *l4 = f->p.data + w->l4_off;
	const struct cleave_ip *ip = cleave_inner_ip(w);

	printf("frame %u of flow %u, in packet %d: %u bytes, %u of payload, IPv%u, tunnel %u, ",
		(unsigned int)(f - gro.f), f->flow, f->super, f->p.len, w->payload_len, ip->version,
		w->tunnel);
	for (unsigned int l = 0; l < w->nb_ip; l++)
		if (w->ip[l].version == 4)
			printf("ID %u, ", pkt_be16(f->p.data + w->ip[l].off + 4));
	if (w->depth == CLEAVE_DEPTH_L4 && w->l4_proto == IPPROTO_TCP)
		printf("TCP flags %02x, seq %u, ", l4[13], pkt_be32(l4 + 4));
	printf("protocol %u, ol_flags %lx, mbufs of kind %u, %u of them (%u, %u), call %u\n",
		ip->proto, f->ol_flags, f->kind, f->nb_mbufs, f->pieces[0], f->pieces[1], f->epoch);
}

uint16_t
gro_base(const struct gro_frame *f, enum gro_base base)
{
	const struct cleave_pkt *w = &f->p.want;
	const uint16_t at[] = {
		[GRO_OUTER] = w->ip[0].off,
		[GRO_TUNNEL] = w->tunnel_off,
		[GRO_INNER_MAC] = w->inner_off,
		[GRO_IP] = cleave_inner_ip(w)->off,
		[GRO_L4] = w->l4_off,
		[GRO_DATA] = w->hdr_len,
	};

	return at[base];
}

static int
edit(const struct pkt_spec *spec, const struct gro_edit *e, unsigned int edited, uint32_t timeout)
{
	const char *want = edited == 0 ? "AAAA" : edited == 1 ? e->once : e->on;
	struct pkt_spec s = *spec;
	unsigned int first;

	if (want == NULL)
		return TEST_SUCCESS;
	gro_begin(CLEAVE_GRO_TCP | CLEAVE_GRO_UDP);
	gro.conf.timeout_us = timeout;
	first = gro_train(&s, 4);
	TEST_ASSERT_EQUAL(gro.nb, 4, "no frames");
	for (unsigned int i = 2; i < 2 + edited; i++) {
		struct gro_frame *f = &gro.f[first + i];

		f->p.data[gro_base(f, e->base) + e->off] ^= e->flip;
		if (!e->raw)
			gro_fix(f);
	}
	TEST_ASSERT_SUCCESS(gro_end(want), "%s, %u times, timeout %u", e->name, edited, timeout);
	if (edited == 1 && e->pass >= 0)
		TEST_ASSERT_EQUAL(gro.stats.pass[e->pass], 1, "%s: %s is %u", e->name,
			cleave_gro_pass_name(e->pass), (unsigned int)gro.stats.pass[e->pass]);
	return TEST_SUCCESS;
}

int
gro_edits(const struct pkt_spec *s, const struct gro_edit *e, unsigned int nb)
{
	static const struct gro_edit none = {.name = "nothing", .pass = -1};
	int rc = edit(s, &none, 0, 0);

	for (unsigned int i = 0; i < nb * 4 && rc == 0; i++)
		rc = edit(s, &e[i / 4], 1 + i % 2, i & 2 ? 1000000 : 0);
	if (rc < 0)
		printf("%s\n", pkt_str(s));
	return rc;
}
