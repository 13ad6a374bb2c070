/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The rows of pass_ops.h: for each an operation of net_lower, which notes its arguments, a call by the API,
 * whose arguments are each another number or another piece of memory, and the row. Two do not fit in there
 * and stand here. Neighbours: pass_lower.h, test_stack_pass.c.
 */
#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

#include "pass_lower.h"

unsigned int pass_asked;
enum pass_answer pass_answer;
struct pass_seen pass_seen;
uint8_t pass_memory[PASS_ARGS + 1][4096];

/* EACH(M, types) is M(type, i) of each type, i counted down to 1. */
#define EACH_1(M, t) M(t, 1)
#define EACH_2(M, t, ...) M(t, 2), EACH_1(M, __VA_ARGS__)
#define EACH_3(M, t, ...) M(t, 3), EACH_2(M, __VA_ARGS__)
#define EACH_4(M, t, ...) M(t, 4), EACH_3(M, __VA_ARGS__)
#define EACH_5(M, t, ...) M(t, 5), EACH_4(M, __VA_ARGS__)
#define EACH_6(M, t, ...) M(t, 6), EACH_5(M, __VA_ARGS__)
#define EACH_7(M, t, ...) M(t, 7), EACH_6(M, __VA_ARGS__)
#define EACH_8(M, t, ...) M(t, 8), EACH_7(M, __VA_ARGS__)
#define EACH_9(M, t, ...) M(t, 9), EACH_8(M, __VA_ARGS__)
#define EACH_OF(_9, _8, _7, _6, _5, _4, _3, _2, _1, each, ...) each
#define EACH(M, ...)                                                                               \
	EACH_OF(__VA_ARGS__, EACH_9, EACH_8, EACH_7, EACH_6, EACH_5, EACH_4, EACH_3, EACH_2,       \
		EACH_1)                                                                            \
	(M, __VA_ARGS__)

#define PARAM(t, i) t a##i
#define NOTED(t, i) (uintptr_t) a##i
#define IS_POINTER(t) (__builtin_classify_type((t)0) == 5)
#define MADE(t, i) (t)(IS_POINTER(t) ? (uintptr_t)pass_memory[i] : (uintptr_t)(i))

/* A member of a table. */
#define MEMBER_eth(member) lower_eth.member
#define MEMBER_flow(member) lower_flow.member
#define MEMBER_tm(member) lower_tm.member
#define MEMBER_mtr(member) lower_mtr.member
#define MEMBER_async(member)                                                                       \
	__builtin_choose_expr(                                                                     \
		__builtin_types_compatible_p(struct CLEAVE_FLOW_ASYNC_OPS, struct rte_flow_ops),   \
		lower_flow, lower_fp)                                                              \
		.member
#define UNCHECKED_eth false
#define UNCHECKED_flow false
#define UNCHECKED_tm false
#define UNCHECKED_mtr false
#define UNCHECKED_async true

#define OP(...) OP_OF(struct rte_eth_dev *, no_fill, __VA_ARGS__)

enum {
#define OP_OF(of, fill, table, member, api, ret, ...) ROW_##table##_##member,
#include "pass_ops.h"
#undef OP_OF
	ROW_monitor,
	ROW_split,
	NB_ROWS
};

bool
pass_note(unsigned int row, const void *of, const uintptr_t *args, unsigned int n)
{
	pass_seen.calls++;
	pass_seen.row = row;
	pass_seen.of = of;
	pass_seen.n = n;
	memcpy(pass_seen.args, args, n * sizeof(*args));
	for (unsigned int i = 0; i < n; i++)
		if (args[i] == (uintptr_t)pass_memory[n - i])
			pass_memory[n - i][0] = 0xa5; /* as an answer */
	return row == pass_asked;
}

static void
fill_flow_error(void *error)
{
	*(struct rte_flow_error *)error = (struct rte_flow_error){
		RTE_FLOW_ERROR_TYPE_ITEM_MASK, pass_memory, "net_lower does not want to"};
}

static void
fill_tm_error(void *error)
{
	*(struct rte_tm_error *)error = (struct rte_tm_error){
		RTE_TM_ERROR_TYPE_NODE_WEIGHT, pass_memory, "net_lower does not want to"};
}

static void
fill_mtr_error(void *error)
{
	*(struct rte_mtr_error *)error = (struct rte_mtr_error){
		RTE_MTR_ERROR_TYPE_MTR_ID, pass_memory, "net_lower does not want to"};
}

static void
no_fill(void *data)
{
}

static void
fill_pfc(void *data)
{
	*(struct rte_eth_pfc_queue_info *)data =
		(struct rte_eth_pfc_queue_info){.tc_max = 8, .mode_capa = RTE_ETH_FC_FULL};
}

static void
fill_hairpin(void *data)
{
	*(struct rte_eth_hairpin_cap *)data = (struct rte_eth_hairpin_cap){
		.max_nb_queues = UINT16_MAX, .max_rx_2_tx = 8, .max_tx_2_rx = 8, .max_nb_desc = 64};
}

/* What an operation returns. */
static uintptr_t
answer(bool pointer)
{
	if (pass_answer == PASS_FAIL) {
		rte_errno = EDOM;
		return pointer ? 0 : (uintptr_t)-EDOM;
	}
	if (pointer)
		return (uintptr_t)pass_memory[pass_answer];
	return pass_answer == PASS_MORE ? 5 : 0;
}

#define FILL_ERROR(last)                                                                           \
	_Generic(last, struct rte_flow_error *                                                     \
		 : fill_flow_error, struct rte_tm_error *                                          \
		 : fill_tm_error, struct rte_mtr_error *                                           \
		 : fill_mtr_error, default                                                         \
		 : no_fill)((void *)(uintptr_t)last)

#define OP_OF(of, fill, table, member, api, ret, ...)                                              \
	static ret op_##table##_##member(of it, EACH(PARAM, __VA_ARGS__))                          \
	{                                                                                          \
		const uintptr_t args[] = {EACH(NOTED, __VA_ARGS__)};                               \
                                                                                                   \
		if (!pass_note(ROW_##table##_##member, it, args, RTE_DIM(args))) {                 \
			fill((void *)(uintptr_t)a1);                                               \
			return (ret)0;                                                             \
		}                                                                                  \
		if (pass_answer == PASS_FAIL)                                                      \
			FILL_ERROR(a1);                                                            \
		return (ret)answer(IS_POINTER(ret));                                               \
	}                                                                                          \
	_Static_assert(__builtin_types_compatible_p(__typeof__(MEMBER_##table(member)),            \
			       __typeof__(&op_##table##_##member)),                                \
		#table "." #member " has other arguments");                                        \
                                                                                                   \
	static uintptr_t call_##table##_##member(uint16_t port)                                    \
	{                                                                                          \
		return (uintptr_t)api(port, EACH(MADE, __VA_ARGS__));                              \
	}
#include "pass_ops.h"
#undef OP_OF

static int
op_monitor(void *queue, struct rte_power_monitor_cond *cond)
{
	const uintptr_t args[] = {(uintptr_t)cond};

	pass_note(ROW_monitor, queue, args, RTE_DIM(args));
	return (int)answer(false);
}

static uintptr_t
call_monitor(uint16_t port)
{
	return (uintptr_t)rte_eth_get_monitor_addr(port, 3, (void *)pass_memory[1]);
}

/* The list ends as in 22.11, and its length is told as now. */
static const uint32_t *
list_split(struct rte_eth_dev *dev, size_t *count)
{
	static const uint32_t list[] = {
		RTE_PTYPE_L2_ETHER, RTE_PTYPE_L3_IPV6, RTE_PTYPE_L4_TCP, RTE_PTYPE_UNKNOWN};

	pass_note(ROW_split, dev, pass_seen.args, 0); /* it has none */
	*count = RTE_DIM(list) - 1;
	return pass_answer == PASS_FAIL ? NULL : list;
}

CLEAVE_PTYPES_OP(op_split, list_split)

static uintptr_t
call_split(uint16_t port)
{
	return (uintptr_t)rte_eth_buffer_split_get_supported_hdr_ptypes(
		port, (uint32_t *)pass_memory[1], 2);
}

#define ROW(table, member, op, call, pointer)                                                      \
	{                                                                                          \
#table "." #member, (void **)&MEMBER_##table(member), op, call, pointer,           \
			UNCHECKED_##table                                                          \
	}

static const struct pass_row rows[] = {
#define OP_OF(of, fill, table, member, api, ret, ...)                                              \
	ROW(table, member, op_##table##_##member, call_##table##_##member, IS_POINTER(ret)),
#include "pass_ops.h"
#undef OP_OF
	ROW(eth, get_monitor_addr, op_monitor, call_monitor, false),
	ROW(eth, buffer_split_supported_hdr_ptypes_get, op_split, call_split, false),
};

_Static_assert(RTE_DIM(rows) == NB_ROWS, "a row each");
const struct pass_row *const pass_rows = rows;
const unsigned int pass_nb_rows = NB_ROWS;
