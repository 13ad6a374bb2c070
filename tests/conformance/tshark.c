/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tshark as a judge: a capture in a directory of its own, one run, a line a frame. Neighbour:
 * tshark.h.
 */
#include <unistd.h>

#include "pkt.h"
#include "test.h"
#include "tshark.h"

#define FAULTS_SHOWN 10

/* tshark's word for a checksum that it computed and found right, and for one that is not there. */
#define GOOD '1'
#define NOT_PRESENT '3'

/* Sequence numbers are not looked at: segments of different packets have the same ports. What is in
 * the payload is not looked at: it is random. Over IPv6, too, a tunnel may do without UDP checksums
 * (RFC 6935). */
#define COMMAND                                                                                    \
	"HOME=/nonexistent tshark -n -r %s -T fields -E separator=/t -E occurrence=a -E "          \
	"aggregator=, -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o "                    \
	"udp.check_checksum:TRUE -o sctp.checksum:crc-32c -o tcp.analyze_sequence_numbers:FALSE "  \
	"-o "                                                                                      \
	"tcp.desegment_tcp_streams:FALSE -o udp.ignore_ipv6_zero_checksum:TRUE "                   \
	"-d udp.port==%u,ip -e ip.checksum.status -e tcp.checksum.status -e udp.checksum.status "  \
	"-e "                                                                                      \
	"sctp.checksum.status -e gre.checksum.status -e _ws.expert.message 2>%s/stderr"

enum { IP, TCP, UDP, SCTP, GRE, EXPERT, COLUMNS };

int
tshark_open(struct tshark *t)
{
	/* pcap: magic, version 2.4, zone, accuracy, snapshot length, Ethernet */
	static const uint32_t head[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 1};

	memset(t, 0, sizeof(*t));
	if (system("command -v tshark >/dev/null") != 0) {
		printf("skipped: no tshark\n");
		return TEST_SKIPPED;
	}
	strcpy(t->dir, "/tmp/cleave-tshark-XXXXXX");
	TEST_ASSERT_NOT_NULL(mkdtemp(t->dir), "no directory: %s", strerror(errno));
	snprintf(t->path, sizeof(t->path), "%s/frames.pcap", t->dir);
	t->file = fopen(t->path, "w");
	TEST_ASSERT_NOT_NULL(t->file, "%s: %s", t->path, strerror(errno));
	TEST_ASSERT_EQUAL(fwrite(head, sizeof(head), 1, t->file), 1u, "not written");
	return TEST_SUCCESS;
}

void
tshark_close(struct tshark *t)
{
	char path[48];

	if (t->file != NULL)
		fclose(t->file);
	t->file = NULL;
	if (t->dir[0] == '\0')
		return;
	snprintf(path, sizeof(path), "%s/stderr", t->dir);
	unlink(path);
	if (getenv("KEEP") == NULL)
		unlink(t->path);
	if (getenv("KEEP") == NULL)
		rmdir(t->dir);
}

struct tshark_want
tshark_whole(const struct pkt_spec *s, const struct pkt *p)
{
	struct tshark_want w = {.tcp = s->proto == IPPROTO_TCP,
		.udp = s->proto == IPPROTO_UDP,
		.sctp = s->proto == IPPROTO_SCTP};
	unsigned int nb_ip = p->want.nb_ip;

	if (s->tunnel == PKT_TUNNEL_GUE) { /* tshark 4.0 does not know it */
		w.tcp = w.udp = w.sctp = 0;
		nb_ip = 1;
	}
	for (unsigned int i = 0; i < nb_ip; i++)
		w.ip += p->want.ip[i].version == 4;
	if (s->tunnel != PKT_TUNNEL_NONE && p->want.ip[0].proto == IPPROTO_UDP) {
		w.udp += s->tunnel_cksum;
		w.udp_none += !s->tunnel_cksum;
	}
	w.gre = s->tunnel == PKT_TUNNEL_GRE && s->tunnel_opt & PKT_GRE_CKSUM;
	return w;
}

int
tshark_add(struct tshark *t, const void *frame, uint32_t len, const struct tshark_want *want)
{
	const uint32_t head[] = {t->nb, 0, len, len}; /* a second apart */

	TEST_ASSERT(t->nb < TSHARK_FRAMES_MAX, "too many frames");
	TEST_ASSERT(
		fwrite(head, sizeof(head), 1, t->file) == 1 && fwrite(frame, len, 1, t->file) == 1,
		"not written: %s", strerror(errno));
	t->want[t->nb++] = *want;
	return TEST_SUCCESS;
}

/* Are there so many good ones in the column, none missing but so many, and nothing else? */
static bool
column(const char *c, unsigned int good, unsigned int none)
{
	for (; *c != '\0'; c++) {
		if (*c == GOOD)
			good--;
		else if (*c == NOT_PRESENT)
			none--;
		else if (*c != ',')
			return false;
	}
	return good == 0 && none == 0;
}

/* Complaints of what the tests' headers are made of, and of nothing that a cut could do. */
static const char *const allowed[] = {
	"4 NOP in a row - a router may have removed some options",
	"Routing header type is deprecated",
	"IPv6 Hop-by-Hop extension header must appear immediately after IPv6 header", /* from 4.4 */
};

/* The length of one of these at the beginning of a text, or 0. */
static size_t
allowed_len(const char *c)
{
	for (unsigned int i = 0; i < RTE_DIM(allowed); i++)
		if (strncmp(c, allowed[i], strlen(allowed[i])) == 0)
			return strlen(allowed[i]);
	return 0;
}

static bool
no_expert(const char *c)
{
	for (size_t n; *c != '\0'; c += n) {
		c += *c == ',';
		n = allowed_len(c);
		if (n == 0)
			return false;
	}
	return true;
}

static bool
frame_good(char *line, const struct tshark_want *w)
{
	char *c[COLUMNS] = {NULL};

	line[strcspn(line, "\n")] = '\0';
	for (unsigned int i = 0; i < COLUMNS; i++)
		if ((c[i] = strsep(&line, "\t")) == NULL)
			return false;
	return column(c[IP], w->ip, 0) && column(c[TCP], w->tcp, 0) &&
	       column(c[UDP], w->udp, w->udp_none) && column(c[SCTP], w->sctp, 0) &&
	       column(c[GRE], w->gre, 0) && no_expert(c[EXPERT]);
}

int
tshark_judge(struct tshark *t)
{
	static char command[1024], line[4096], copy[4096];
	unsigned int n = 0;
	int faults = 0;
	FILE *p;

	TEST_ASSERT_SUCCESS(fflush(t->file), "not written: %s", strerror(errno));
	snprintf(command, sizeof(command), COMMAND, t->path, PKT_FOU_PORT, t->dir);
	p = popen(command, "r");
	TEST_ASSERT_NOT_NULL(p, "tshark: %s", strerror(errno));
	for (; fgets(line, sizeof(line), p) != NULL; n++) {
		const struct tshark_want *w = &t->want[RTE_MIN(n, t->nb - 1)];

		strcpy(copy, line);
		if (n >= t->nb || frame_good(line, w))
			continue;
		if (faults++ < FAULTS_SHOWN)
			printf("frame %u: not ip %u, tcp %u, udp %u and %u without, sctp %u, gre "
			       "%u, but: %s",
				n + 1, w->ip, w->tcp, w->udp, w->udp_none, w->sctp, w->gre, copy);
	}
	TEST_ASSERT_SUCCESS(pclose(p), "tshark failed");
	TEST_ASSERT_EQUAL(n, t->nb, "tshark read %u frames, not %u", n, t->nb);
	return faults;
}
