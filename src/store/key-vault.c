/* key-vault: exchange credentials under an alias, encrypted at rest (key-vault(1)). */
#include "alias_request.h"
#include "digest.h"
#include "limit.h"
#include "vault.h"

#include <stdlib.h>

/* ---- options ---- */

static enum command
command_of(const char *word)
{
	static const char *const words[] = {"add", "list", "rotate", "remove", "open"};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(word, words[i]) == 0)
			return (enum command)i;
	tool_usage("add, list, rotate, remove or open", word);
}

static void
check_options(struct vault *v)
{
	bool next = master_given(&v->next_source, false);

	if (!alias_is_user(v->user))
		tool_usage("a name without spaces", "--user");
	if (v->rotate_master && v->command != ROTATE)
		tool_usage("goes with rotate", "--master");
	if (next != v->rotate_master)
		tool_usage("go together", "--master and the --new- options");
	if (v->force && v->command != OPEN)
		tool_usage("goes with open", "--force");
	if (v->metrics_file && v->command != OPEN)
		tool_usage("goes with open", "--metrics-file");
	if (v->key_fd && v->command != ADD && (v->command != ROTATE || v->rotate_master))
		tool_usage("goes with add and rotate", "--key-fd");
	if (v->owned && (v->command == OPEN || v->rotate_master))
		tool_usage("requests say whose alias they mean", "--user");
	if (!v->state)
		v->state = getenv("TRADEPIPE_VAULT");
	if (!v->state || !*v->state)
		v->state = getenv("TRADEPIPE_STATE");
	if (!v->state || !*v->state)
		tool_die(EXIT_CONFIG, "state", "--state",
			 "which directory? give --state, TRADEPIPE_VAULT or TRADEPIPE_STATE");
}

static void
take_alias(struct vault *v, int argc, char **argv)
{
	if (v->command != LIST && v->command != OPEN && !v->rotate_master) {
		if (optind >= argc)
			tool_usage("which alias?", argv[0]);
		v->alias = span_of(argv[optind++]);
		if (!alias_is_name(v->alias))
			tool_usage("an alias has 1 to 64 of A-Z a-z 0-9 . _ -", "ALIAS");
	}
	tool_no_operands(argc, argv);
}

static void
parse_options(struct vault *v, int argc, char **argv)
{
	enum {
		STATE = 256,
		USER,
		KEY_FD,
		MASTER_FILE,
		MASTER_FD,
		PASSPHRASE_FD,
		MASTER,
		NEW_FILE,
		NEW_FD,
		NEW_PASSPHRASE_FD,
		FORCE,
		METRICS_FILE
	};
	static const struct option options[] = {
	    {"state", required_argument, NULL, STATE},
	    {"user", required_argument, NULL, USER},
	    {"key-fd", required_argument, NULL, KEY_FD},
	    {"master-key-file", required_argument, NULL, MASTER_FILE},
	    {"master-key-fd", required_argument, NULL, MASTER_FD},
	    {"passphrase-fd", required_argument, NULL, PASSPHRASE_FD},
	    {"master", no_argument, NULL, MASTER},
	    {"new-master-key-file", required_argument, NULL, NEW_FILE},
	    {"new-master-key-fd", required_argument, NULL, NEW_FD},
	    {"new-passphrase-fd", required_argument, NULL, NEW_PASSPHRASE_FD},
	    {"force", no_argument, NULL, FORCE},
	    {"metrics-file", required_argument, NULL, METRICS_FILE},
	    {0},
	};
	bool worded = argc > 1 && argv[1][0] != '-';

	if (worded) {
		v->command = command_of(argv[1]);
		argc--;
		argv++;
	}
	v->user = SPAN_LIT("local");
	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case STATE: v->state = optarg; break;
		case USER:
			v->user = span_of(optarg);
			v->owned = true;
			break;
		case KEY_FD: v->key_fd = optarg; break;
		case MASTER_FILE: v->source.file = optarg; break;
		case MASTER_FD: v->source.fd = optarg; break;
		case PASSPHRASE_FD: v->source.passphrase_fd = optarg; break;
		case MASTER: v->rotate_master = true; break;
		case NEW_FILE: v->next_source.file = optarg; break;
		case NEW_FD: v->next_source.fd = optarg; break;
		case NEW_PASSPHRASE_FD: v->next_source.passphrase_fd = optarg; break;
		case FORCE: v->force = true; break;
		case METRICS_FILE: v->metrics_file = optarg; break;
		}
	}
	if (!worded)
		tool_usage("add, list, rotate, remove or open", "which command?");
	take_alias(v, argc, argv);
	check_options(v);
}

int
main(int argc, char **argv)
{
	static struct vault v = {
	    .source = {.setting = "TRADEPIPE_VAULT_KEY_FILE", .credential = "vault-master-key"}};
	enum exit_status status = EXIT_YES;

	tool_start(TOOL_DURABLE | TOOL_SECRETS);
	parse_options(&v, argc, argv);
	digest_init();
	if (v.command == OPEN)
		vault_check_output(&v);
	if (v.command != LIST || master_given(&v.source, true))
		master_read(&v.source, true, &v.master);
	keyring_open(&v.ring, v.state);
	buf_init(&v.out, 2 * LIMIT_IO_BYTES);
	buf_init(&v.error, 4096);
	switch (v.command) {
	case ADD: status = vault_add_or_rotate(&v); break;
	case LIST: status = vault_list(&v); break;
	case ROTATE:
		status = v.rotate_master ? vault_rotate_master(&v) : vault_add_or_rotate(&v);
		break;
	case REMOVE: status = vault_remove(&v); break;
	case OPEN: return vault_open(&v);
	}
	keyring_close(&v.ring);
	master_wipe(&v.master);
	return (int)tool_finish(status);
}
