// SPDX-License-Identifier: BSD-2-Clause
/* Which capabilities are left, in children of root that give them up. */
#include <cap-ng.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/privileges.h"
#include "tests/unit/support.h"

#define BIT(capability) (1ULL << (capability))
#define AS_EXPECTED 0
#define NOT_DROPPED 100
#define IN_EFFECT 101

static uint64_t held(capng_type_t type)
{
	uint64_t set = 0;

	capng_get_caps_process();
	for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
		if (capng_have_capability(type, capability))
			set |= BIT(capability);
	return set;
}

struct scene {
	uint64_t had, needed, left;
};

static uint64_t find_needed(void *context)
{
	const struct scene *scene = context;

	if (held(CAPNG_EFFECTIVE))
		_exit(IN_EFFECT);
	return scene->needed;
}

static void have_only(uint64_t set)
{
	capng_clear(CAPNG_SELECT_CAPS);
	for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
		if (set & BIT(capability))
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, capability);
	if (capng_apply(CAPNG_SELECT_CAPS))
		abort();
}

static void __attribute__((noreturn)) play(struct scene *scene)
{
	have_only(scene->had);
	if (privileges__drop(find_needed, scene))
		_exit(NOT_DROPPED);
	_exit(held(CAPNG_EFFECTIVE) != scene->left || held(CAPNG_PERMITTED) != scene->left ||
	      ((scene->had & BIT(CAP_SETPCAP)) && held(CAPNG_BOUNDING_SET)) ||
	      prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1);
}

static void leaves(uint64_t had, uint64_t needed, uint64_t left)
{
	struct scene scene = {had, needed, left};
	pid_t pid;
	int status;

	if (geteuid())
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		play(&scene);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), AS_EXPECTED);
}

static const uint64_t much =
	BIT(CAP_SETPCAP) | BIT(CAP_BPF) | BIT(CAP_CHOWN) | BIT(CAP_KILL) | BIT(CAP_SYS_ADMIN);

static void what_is_not_needed_goes(void **state)
{
	(void)state;
	leaves(much, 0, 0);
	leaves(much, BIT(CAP_CHOWN), BIT(CAP_CHOWN));
	leaves(much, BIT(CAP_CHOWN) | BIT(CAP_BPF), BIT(CAP_CHOWN) | BIT(CAP_BPF));
}

static void what_was_not_there_is_not_got(void **state)
{
	(void)state;
	leaves(BIT(CAP_BPF), BIT(CAP_CHOWN) | BIT(CAP_BPF), BIT(CAP_BPF));
	leaves(0, BIT(CAP_CHOWN), 0);
}

static void sys_admin_stays_where_it_stands_for_bpf(void **state)
{
	(void)state;
	leaves(BIT(CAP_SYS_ADMIN) | BIT(CAP_SETPCAP), BIT(CAP_BPF), BIT(CAP_SYS_ADMIN));
	leaves(BIT(CAP_SYS_ADMIN) | BIT(CAP_SETPCAP), BIT(CAP_CHOWN), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_needed_goes),
		cmocka_unit_test(what_was_not_there_is_not_got),
		cmocka_unit_test(sys_admin_stays_where_it_stands_for_bpf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
