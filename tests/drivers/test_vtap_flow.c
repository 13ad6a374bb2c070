/* SPDX-License-Identifier: BSD-3-Clause
 *
 * vtap_flow_autotest: net_vtap's flow rules, random ones against random frames: each frame arrives where the
 * rules say, whole, or does not arrive; counters; super-packets. FLOW_ROUNDS=N in the environment: N sets of
 * rules, for longer searches. Neighbours: flow_test.h; test_vtap_flow_api.c has what is refused,
 * test_vtap_flow_churn.c what holds while rules change.
 */
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "../pkt.h"
#include "../test.h"
#include "flow_test.h"

#define QUEUES 8
#define ROUNDS 20
#define FRAMES 400
#define RULES 24
#define TYPES                                                                                      \
	(RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP |                 \
		RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_NONFRAG_IPV4_SCTP |                     \
		RTE_ETH_RSS_NONFRAG_IPV4_OTHER | RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_FRAG_IPV6 |        \
		RTE_ETH_RSS_NONFRAG_IPV6_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP |                      \
		RTE_ETH_RSS_NONFRAG_IPV6_SCTP | RTE_ETH_RSS_NONFRAG_IPV6_OTHER)

static struct flow_frame frames[FRAMES];
static struct flow_rule rules[RULES];
static struct flow_rss rss;
static struct rte_flow_error error;
static uint32_t seed = 20221128;

static int
setup(void)
{
	int rc = flow_port_open();

	for (unsigned int i = 0; i < sizeof(rss.key); i++)
		rss.key[i] = pkt_rand(&seed);
	for (unsigned int i = 0; i < RTE_DIM(rss.reta); i++)
		rss.reta[i] = pkt_rand(&seed) % QUEUES;
	rss.types = TYPES;
	return rc != TEST_SUCCESS ? rc : flow_port_start(QUEUES, &rss, 0);
}

static void
teardown(void)
{
	flow_port_close();
}

/* One set of rules, made of frames that are then sent. */
static int
make_rules(unsigned int nb)
{
	for (unsigned int i = 0; i < nb; i++) {
		struct flow_rule *r = &rules[i];

		flow_rule_make(r, &frames[pkt_rand(&seed) % FRAMES], QUEUES, &seed);
		r->handle = flow_rule_create(flow_port.id, r, &seed, &error);
		if (r->handle != NULL)
			continue;
		flow_rule_print(r);
		TEST_ASSERT(false, "refused: %d, %s", error.type, error.message);
	}
	return TEST_SUCCESS;
}

static int
check_frames(unsigned int nb, bool isolated, unsigned int *dropped)
{
	static int queue[FRAMES];
	uint32_t want[FRAMES];
	unsigned int must = 0;

	for (unsigned int i = 0; i < FRAMES; i++) {
		want[i] = flow_judge(&frames[i], rules, nb, &rss, isolated);
		must += !(want[i] & FLOW_DROPPED);
		TEST_ASSERT_SUCCESS(flow_port_send(&frames[i]), "not sent");
	}
	flow_port_receive(queue, 0, FRAMES, must, frames, 500);
	for (unsigned int i = 0; i < FRAMES; i++) {
		const uint32_t is = queue[i] == FLOW_LOST    ? FLOW_DROPPED
				    : queue[i] == FLOW_TWICE ? 0
							     : 1u << queue[i];

		*dropped += is == FLOW_DROPPED;
		if (is & want[i])
			continue;
		flow_frame_print(&frames[i]);
		for (unsigned int r = 0; r < nb; r++)
			flow_rule_print(&rules[r]);
		TEST_ASSERT(false, "in queue %d; those allowed, as bits: %x", queue[i], want[i]);
	}
	return TEST_SUCCESS;
}

static int
check_counts(unsigned int nb)
{
	const struct rte_flow_action action = {RTE_FLOW_ACTION_TYPE_COUNT, NULL};

	for (unsigned int i = 0; i < nb; i++) {
		const struct flow_rule *r = &rules[i];
		struct rte_flow_query_count c = {.reset = 0};

		if (!r->count)
			continue;
		TEST_ASSERT_SUCCESS(rte_flow_query(flow_port.id, r->handle, &action, &c, &error),
			"no query: %s", error.message);
		if (c.hits_set && c.hits >= r->hits && c.hits <= r->hits_max && c.bytes_set &&
			c.bytes >= r->bytes && c.bytes <= r->bytes_max)
			continue;
		flow_rule_print(r);
		TEST_ASSERT(false,
			"%" PRIu64 " hits and %" PRIu64 " bytes, not %" PRIu64 "..%" PRIu64
			" and %" PRIu64 "..%" PRIu64,
			c.hits, c.bytes, r->hits, r->hits_max, r->bytes, r->bytes_max);
	}
	return TEST_SUCCESS;
}

static int
one_round(unsigned int round, unsigned int *hits)
{
	const unsigned int nb = 1 + pkt_rand(&seed) % RULES;
	const bool isolated = pkt_rand(&seed) % 4 == 0;
	const uint64_t before = flow_port_dropped();
	struct rte_eth_rss_conf conf = {.rss_key = NULL};
	unsigned int dropped = 0;

	for (unsigned int i = 0; i < FRAMES; i++)
		flow_frame_make(&frames[i], i, &seed);
	conf.rss_hf = rss.types = round % 4 ? TYPES : TYPES & pkt_rand(&seed);
	TEST_ASSERT_SUCCESS(rte_eth_dev_rss_hash_update(flow_port.id, &conf), "types not taken");
	TEST_ASSERT_SUCCESS(rte_flow_isolate(flow_port.id, isolated, &error), "not isolated: %s",
		error.message);
	TEST_ASSERT_SUCCESS(make_rules(nb), "round %u", round);
	TEST_ASSERT_SUCCESS(check_frames(nb, isolated, &dropped), "round %u%s, seed %u", round,
		isolated ? ", isolated" : "", seed);
	TEST_ASSERT_SUCCESS(check_counts(nb), "round %u", round);
	TEST_ASSERT_EQUAL(
		flow_port_dropped() - before, dropped, "round %u: %u dropped", round, dropped);
	for (unsigned int i = 0; i < nb; i++)
		*hits += rules[i].hits;
	/* one by one, or all at once, which is quicker */
	if (round % 8 != 0)
		TEST_ASSERT_SUCCESS(rte_flow_flush(flow_port.id, &error), "not flushed");
	for (unsigned int i = 0; round % 8 == 0 && i < nb; i++)
		TEST_ASSERT_SUCCESS(
			rte_flow_destroy(flow_port.id, rules[i].handle, &error), "not destroyed");
	return TEST_SUCCESS;
}

static int
test_random(void)
{
	const unsigned int rounds = getenv("FLOW_ROUNDS") ? atoi(getenv("FLOW_ROUNDS")) : ROUNDS;
	unsigned int hits = 0;

	for (unsigned int i = 0; i < rounds; i++)
		TEST_ASSERT_SUCCESS(one_round(i, &hits), "rules");
	TEST_ASSERT_SUCCESS(rte_flow_isolate(flow_port.id, 0, &error), "isolated");
	printf("%u of %u frames decided by a rule\n", hits, rounds * FRAMES);
	TEST_ASSERT(hits > rounds * FRAMES / 4, "the rules are about nothing: %u", hits);
	return TEST_SUCCESS;
}

/* Short and senseless frames, under rules that ask for headers: none is lost, none comes twice. */
static int
test_garbage(void)
{
	static int queue[FRAMES];

	for (unsigned int i = 0; i < FRAMES; i++)
		flow_frame_make(&frames[i], i, &seed);
	for (unsigned int i = 0; i < RULES; i++) {
		flow_rule_make(&rules[i], &frames[i], QUEUES, &seed);
		if (rules[i].action == RTE_FLOW_ACTION_TYPE_DROP)
			rules[i].action = RTE_FLOW_ACTION_TYPE_QUEUE;
		rules[i].handle = flow_rule_create(flow_port.id, &rules[i], &seed, &error);
		TEST_ASSERT_NOT_NULL(rules[i].handle, "refused: %s", error.message);
	}
	for (unsigned int round = 0; round < 8; round++) {
		for (unsigned int i = 0; i < FRAMES; i++) {
			struct flow_frame *f = &frames[i];

			flow_frame_make(f, i, &seed);
			for (unsigned int n = pkt_rand(&seed) % 4; n > 0; n--)
				f->data[14 + pkt_rand(&seed) % (f->len - 14)] = pkt_rand(&seed);
			f->len = 18 + pkt_rand(&seed) % (f->len - 18);
			pkt_put32(f->data + f->len - 4, i);
			f->out_of_frame = false;
			TEST_ASSERT_SUCCESS(flow_port_send(f), "not sent");
		}
		TEST_ASSERT_EQUAL(
			flow_port_receive(queue, 0, FRAMES, FRAMES, frames, 500), FRAMES, "lost");
		for (unsigned int i = 0; i < FRAMES; i++)
			TEST_ASSERT(queue[i] >= 0, "frame %u: %d", i, queue[i]);
	}
	return rte_flow_flush(flow_port.id, &error);
}

/* Packets of several pages, of which but the first bytes need be in the first one. */
static const struct super {
	uint64_t offloads;
	uint16_t mtu;
	uint8_t gso_type;
	uint8_t first; /* bytes */
	uint8_t packets;
} cut = {RTE_ETH_RX_OFFLOAD_SCATTER, 1500, VIRTIO_NET_HDR_GSO_TCPV4, 54, 6},
  whole = {RTE_ETH_RX_OFFLOAD_SCATTER | RTE_ETH_RX_OFFLOAD_TCP_LRO, 1500, VIRTIO_NET_HDR_GSO_TCPV4,
	  54, 1},
  paged = {RTE_ETH_RX_OFFLOAD_SCATTER, 9000, VIRTIO_NET_HDR_GSO_NONE, 14, 1};

static int
send_super(int fd, const struct super *s, struct flow_frame *f, unsigned int payload)
{
	static const uint8_t zero[8192];
	const struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = flow_port.ifindex};
	struct virtio_net_hdr v = {.hdr_len = s->first};
	struct iovec iov[] = {{&v, sizeof(v)}, {f->data, 54}, {(void *)(uintptr_t)zero, payload}};
	const struct msghdr m = {.msg_name = (void *)(uintptr_t)&to,
		.msg_namelen = sizeof(to),
		.msg_iov = iov,
		.msg_iovlen = RTE_DIM(iov)};

	if (s->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		v = (struct virtio_net_hdr){.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
			.gso_type = s->gso_type,
			.hdr_len = s->first,
			.gso_size = 1000,
			.csum_start = 34,
			.csum_offset = 16};
	pkt_put16(f->data + 16, 40 + payload);
	pkt_put16(f->data + 24, 0);
	pkt_put16(f->data + 24, ~pkt_sum(f->data + 14, 20));
	return sendmsg(fd, &m, 0) == (ssize_t)(sizeof(v) + 54 + payload) ? 0 : -errno;
}

/* Packets of all queues; bytes of TCP's data in each. */
static unsigned int
take_super(uint32_t bytes[QUEUES])
{
	struct rte_mbuf *pkts[32];
	unsigned int n = 0;

	memset(bytes, 0, QUEUES * sizeof(*bytes));
	for (uint16_t q = 0; q < QUEUES; q++) {
		uint16_t k = rte_eth_rx_burst(flow_port.id, q, pkts, 32);

		for (uint16_t i = 0; i < k; i++)
			bytes[q] += pkts[i]->pkt_len - 54;
		rte_pktmbuf_free_bulk(pkts, k);
		n += k;
	}
	return n;
}

/* As it comes, and cut by the kernel because the port does not take such. */
static int
test_super(const void *data)
{
	const struct super *s = data;
	const int on = 1, fd = socket(AF_PACKET, SOCK_RAW, 0);
	struct flow_rule drop = {.nb = 2,
		.action = RTE_FLOW_ACTION_TYPE_DROP,
		.items = {{.kind = FLOW_IP4, .tag_follows = FLOW_ANY},
			{FLOW_TCP, true, .tag_follows = FLOW_ANY, .v = {0, 7}, .m = {0, 0xffff}}}};
	uint32_t bytes[QUEUES];

	TEST_ASSERT_SUCCESS(setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)), "no fd");
	TEST_ASSERT_SUCCESS(flow_port_start(QUEUES, &rss, s->offloads), "not started");
	TEST_ASSERT_SUCCESS(rte_eth_dev_set_mtu(flow_port.id, s->mtu), "no MTU of %u", s->mtu);
	drop.handle = flow_rule_create(flow_port.id, &drop, &seed, &error);
	TEST_ASSERT_NOT_NULL(drop.handle, "refused: %s", error.message);
	for (unsigned int i = 0; i < 40; i++) {
		struct flow_frame *f = &frames[0];
		uint32_t want;
		unsigned int n;

		flow_frame_tcp4(f, 0, 0x0a000001 + i, 0x0a000002, 1000 + i, i % 4 ? 80 : 7);
		want = flow_judge(f, &drop, 1, &rss, false);
		TEST_ASSERT_SUCCESS(send_super(fd, s, f, 5500), "not sent: %s", strerror(errno));
		n = take_super(bytes);
		TEST_ASSERT_EQUAL(n, want == FLOW_DROPPED ? 0 : s->packets,
			"%u packets of a flow for %x", n, want);
		for (uint16_t q = 0; q < QUEUES; q++)
			TEST_ASSERT_EQUAL(bytes[q], want == 1u << q ? 5500u : 0u,
				"%u bytes in queue %u, want %x", bytes[q], q, want);
	}
	close(fd);
	TEST_ASSERT_SUCCESS(rte_eth_dev_set_mtu(flow_port.id, 1500), "no MTU");
	return rte_flow_flush(flow_port.id, &error);
}

static struct unit_test_suite suite = {
	.suite_name = "net_vtap: flow rules",
	.setup = setup,
	.teardown = teardown,
	.unit_test_cases =
		{
			TEST_CASE_ST(NULL, flow_port_forget, test_random),
			TEST_CASE_ST(NULL, flow_port_forget, test_garbage),
			TEST_CASE_NAMED_WITH_DATA(
				"test_super, cut", NULL, flow_port_forget, test_super, &cut),
			TEST_CASE_NAMED_WITH_DATA(
				"test_super, whole", NULL, flow_port_forget, test_super, &whole),
			TEST_CASE_NAMED_WITH_DATA(
				"test_super, paged", NULL, flow_port_forget, test_super, &paged),
			TEST_CASES_END(),
		},
};

static int
test_vtap_flow(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(vtap_flow_autotest, test_vtap_flow);
