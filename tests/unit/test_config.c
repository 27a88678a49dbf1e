/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "faketree.h"
#include "scan/config.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define FILES_MAX 12
#define SHORT_PASSWD                           \
	"root:x:0:0:root:/root:/bin/bash\n"    \
	"www-data:x:33:33::/var/www:/bin/sh\n" \
	"app:x:1000:1000:App,,,:/home/app:/bin/bash\n"

static struct mu_config config;
static struct mu_arena arena;

static void forget(void)
{
	free(config.findings.v);
	free(config.accounts.v);
	config = (struct mu_config){0};
	mu_arena_free(&arena);
	fake_tree_clear();
}

static void look(const struct fake_file *files, size_t n, const struct mu_image *image)
{
	forget();
	fake_tree_wanted(mu_config_wanted);
	fake_tree_set(files, n, image);
	assert_int_equal(mu_config_read(NULL, NULL, &arena, &config), 0);
}

static void show(void)
{
	for (size_t i = 0; i < config.findings.n; i++) {
		const struct mu_config_finding *f = &config.findings.v[i];

		fprintf(stderr, "  %s %s:%u [%s] %s\n    %s | %s\n    $ %s\n",
			mu_rule_at(f->rule)->name, f->path ? f->path : "-", f->line,
			f->subject ? f->subject : "", f->evidence ? f->evidence : "",
			f->message, f->remedy ? f->remedy : "",
			f->command ? f->command : "");
	}
}

static const struct mu_config_finding *find(
	enum mu_rule_id rule, const char *path, unsigned line)
{
	for (size_t i = 0; i < config.findings.n; i++) {
		const struct mu_config_finding *f = &config.findings.v[i];

		if (f->rule == rule && f->line == line &&
			(path ? f->path && !strcmp(f->path, path) : !f->path))
			return f;
	}
	return NULL;
}

/* ---- a rule a row: what triggers it, and what must not
 * --------------------------------- */

struct row {
	const char *what;
	struct fake_file files[FILES_MAX];
	enum mu_rule_id rule; /* 0: nothing at all is found */
	const char *path;
	unsigned line;
	const char *evidence, *command; /* NULL: not looked at */
};

#define NSS MU_RULE_MU040
static const struct row rows[] = {
	{"nss: Debian's default is silent",
		{{"/etc/nsswitch.conf",
			"# c\npasswd: files systemd\nhosts: files dns\nnetgroup: nis\n"
			"services: db files\n"}}},
	{"nss: ldap with its module",
		{{"/etc/nsswitch.conf", "passwd:\tfiles [NOTFOUND=return ] ldap\n"},
			{"/lib/x86_64-linux-gnu/libnss_ldap.so.2", "", .owner = 'd'}},
		NSS, "/etc/nsswitch.conf", 1, NULL, "apk add --no-cache musl-nscd"},
	{"nss: an action in brackets is no module",
		{{"/etc/nsswitch.conf", "hosts: files [ !UNAVAIL=return foo ] dns\r\n"}}},
	{"nss: a name alone", {{"/etc/nsswitch.conf", "\n\nhosts: files wins dns"}}, NSS,
		"/etc/nsswitch.conf", 3, "hosts: files wins dns", NULL},
	{"resolv: what musl knows",
		{{"/etc/resolv.conf",
			"nameserver 10.0.0.1\noptions ndots:2 timeout:1 edns0\n"}}},
	{"resolv: an option", {{"/etc/resolv.conf", "options ndots:2 use-vc\n"}},
		MU_RULE_MU041, "/etc/resolv.conf", 1, "options ndots:2 use-vc", NULL},
	{"resolv: the fourth name server",
		{{"/etc/resolv.conf",
			"nameserver 1\nnameserver 2\nnameserver 3\nnameserver "
			"4\nnameserver 5\n"}},
		MU_RULE_MU041, "/etc/resolv.conf", 4, NULL, NULL},
	{"host.conf: the usual line", {{"/etc/host.conf", "multi on\n", .owner = 'm'}}},
	{"gai.conf: comments alone", {{"/etc/gai.conf", "#label ::1/128\n"}}},
	{"gai.conf: a label", {{"/etc/gai.conf", "#\nprecedence ::ffff:0:0/96 100\n"}},
		MU_RULE_MU041, "/etc/gai.conf", 2, NULL, NULL},
	{"ld.so.conf: the distribution's",
		{{"/etc/ld.so.conf.d/fakeroot.conf", "/usr/lib/x/libfakeroot\n",
			 .owner = 'd'},
			{"/usr/lib/x/libfakeroot/a.so", ""}}},
	{"ld.so.conf: multiarch and a folder that is not there",
		{{"/etc/ld.so.conf.d/own.conf",
			 "/usr/lib/x86_64-linux-gnu\n/usr/local/lib\n/opt/none\n"},
			{"/usr/lib/x86_64-linux-gnu/a.so", "", .owner = 'd'}}},
	{"ld.so.conf: one's own",
		{{"/etc/ld.so.conf.d/own.conf", "# c\n/opt/app/lib/\n"},
			{"/opt/app/lib/a.so", ""}},
		MU_RULE_MU042, "/etc/ld.so.conf.d/own.conf", 2, "/opt/app/lib",
		"l=$(ls /lib/ld-musl-*.so.1) && l=${l##*/} && printf '%s\\n' /lib "
		"/usr/local/lib /usr/lib /opt/app/lib > \"/etc/${l%.so.1}.path\""},
	{"ld.so.conf: no command with a quote in it",
		{{"/etc/ld.so.conf.d/own.conf", "/opt/a'b\n"}, {"/opt/a'b/a.so", ""}},
		MU_RULE_MU042, "/etc/ld.so.conf.d/own.conf", 1, "/opt/a'b", ""},
	{"preload: jemalloc",
		{{"/etc/ld.so.preload", "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2\n"}},
		MU_RULE_MU043, "/etc/ld.so.preload", 1, NULL,
		"apk add --no-cache jemalloc"},
	{"preload: an empty file", {{"/etc/ld.so.preload", "\n# none\n"}}},
	{"preload: in /etc/environment",
		{{"/etc/environment", "LD_PRELOAD=\"/opt/x.so\"\n"}, {"/opt/x.so", ""}},
		MU_RULE_MU043, "/etc/environment", 1, "LD_PRELOAD=/opt/x.so", NULL},
	{"locale: C.UTF-8", {{"/etc/default/locale", "LANG=C.UTF-8\nLC_ALL=C.utf8\n"}}},
	{"locale: German", {{"/etc/default/locale", "#\nLANG=\"de_DE.UTF-8\"\n"}},
		MU_RULE_MU044, "/etc/default/locale", 2, "LANG=de_DE.UTF-8",
		"apk add --no-cache musl-locales musl-locales-lang"},
	{"locale: another character set", {{"/etc/locale.conf", "LANG=de_DE@euro\n"}},
		MU_RULE_MU044, "/etc/locale.conf", 1, NULL, ""},
	{"zone: UTC", {{"/etc/timezone", "Etc/UTC\n"},
			      {"/etc/localtime", NULL, "/usr/share/zoneinfo/Etc/UTC"}}},
	{"zone: a link",
		{{"/etc/timezone", "Europe/Berlin\n"},
			{"/etc/localtime", NULL, "/usr/share/zoneinfo/Europe/Berlin"}},
		MU_RULE_MU045, "/etc/localtime", 0, NULL,
		"apk add --no-cache tzdata && ln -sf /usr/share/zoneinfo/Europe/Berlin "
		"/etc/localtime"},
	{"zone: rules are no name",
		{{"/etc/environment", "TZ=CET-1CEST,M3.5.0,M10.5.0/3"}}},
	{"zone: a folder's name is no rule", {{"/etc/timezone", "Etc/GMT+5"}},
		MU_RULE_MU045, "/etc/timezone", 1, "Etc/GMT+5", NULL},
	{"certificates: one's own",
		{{"/usr/local/share/ca-certificates/corp/a.crt", "x"}}, MU_RULE_MU046,
		"/usr/local/share/ca-certificates/corp/a.crt", 0, NULL,
		"apk add --no-cache ca-certificates && update-ca-certificates"},
	{"certificates: not taken in",
		{{"/usr/local/share/ca-certificates/README", "x"}}},
	{"pam: generated file", {{"/etc/pam.d/common-session",
					"session [default=1] pam_permit.so\nsession "
					"optional pam_systemd.so\n"}}},
	{"pam: the distribution's own",
		{{"/etc/pam.d/su", "@include common-auth\n", .owner = 'd'}}},
	{"pam: @include", {{"/etc/pam.d/app", "#%PAM-1.0\n@include common-auth\n"}},
		MU_RULE_MU047, "/etc/pam.d/app", 2, "@include common-auth", NULL},
	{"pam: a module behind brackets",
		{{"/etc/pam.d/common-auth",
			"auth [success=2 default=ignore] pam_unix.so\n"
			"auth [success=1 default=ignore] /lib/security/pam_krb5.so "
			"minimum\n"}},
		MU_RULE_MU047, "/etc/pam.d/common-auth", 2, NULL, ""},
	{"password: what musl knows",
		{{"/etc/passwd", "a:x:0:0::/:/bin/sh\n"},
			{"/etc/shadow",
				"a:$6$salt$hash:1::::::\nb:!$y$j9T$x$y:1\nc:*:1\n"
				"d:$2b$10$x:1\ne::1\nf:$6$rounds=9999999$a$b:1\n"}}},
	{"password: yescrypt",
		{{"/etc/passwd", "root:x:0:0::/root:/bin/bash\n"},
			{"/etc/shadow",
				"root:$y$j9T$secretsalt$secrethash:1:0:99999:7:::\n"}},
		MU_RULE_MU048, "/etc/shadow", 1, "root: yescrypt", NULL},
	{"password: too many rounds", {{"/etc/shadow", "a:$6$rounds=10000000$s$h:1\n"}},
		MU_RULE_MU048, "/etc/shadow", 1, NULL, NULL},
	{"accounts: Debian's own",
		{{"/etc/passwd", "www-data:x:33:33::/var/www:/usr/sbin/nologin\n"
				 "_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\n"
				 "postgres:x:101:104::/var/lib/postgresql:/bin/bash\n"
				 "nobody:x:65534:65534::/:/x\n"},
			{"/etc/group", "www-data:x:33:\nstaff:x:50:\n"},
			{"/var/cache/apt/x", "", .uid = 42},
			{"/usr/local/lib", NULL, .gid = 50},
			{"/var/lib/postgresql/15/a", "", .uid = 101, .gid = 104}}},
	{"accounts: a person",
		{{"/etc/passwd", SHORT_PASSWD}, {"/etc/group", "app:x:1000:\n"}},
		MU_RULE_MU049, "/etc/passwd", 3, "app:1000:1000",
		"addgroup -g 1000 app && adduser -D -H -h /home/app -u 1000 -G app app"},
	{"accounts: files of www-data",
		{{"/etc/passwd", "www-data:x:33:33::/var/www:/usr/sbin/nologin\n"},
			{"/etc/group", "www-data:x:33:\n"},
			{"/srv/site/a", "", .uid = 33, .gid = 33}},
		MU_RULE_MU049, "/etc/passwd", 1, NULL,
		"delgroup www-data && addgroup -g 33 www-data && adduser -D -H -h "
		"/var/www "
		"-s /sbin/nologin -u 33 -G www-data www-data"},
	{"accounts: a number that Alpine uses, with its group",
		{{"/etc/passwd", "app:x:22:22::/:/bin/false\n"},
			{"/etc/group", "app:x:22:\n"},
			{"/opt/a", "", .uid = 22, .gid = 22}},
		MU_RULE_MU049, "/etc/passwd", 1, NULL,
		"deluser sshd && addgroup -g 22 app && adduser -D -H -h / -s "
		"/sbin/nologin "
		"-u 22 -G app app"},
	{"accounts: a number beyond BusyBox' last",
		{{"/etc/passwd", "ad:x:300000:300000::/home/ad:/bin/sh\n"},
			{"/etc/group", "ad:x:300000:\n"}, {"/opt/a", "", .uid = 300000}},
		MU_RULE_MU049, "/etc/passwd", 1, NULL,
		"apk add --no-cache shadow && groupadd -g 300000 ad && useradd -M -u "
		"300000 "
		"-g 300000 ad"},
	{"accounts: a group alone",
		{{"/etc/group", "shared:x:2000:\n"}, {"/srv/a", "", .gid = 2000}},
		MU_RULE_MU049, "/etc/group", 1, "shared:2000", "addgroup -g 2000 shared"},
	{"accounts: no command for a name with a blank",
		{{"/etc/passwd", "a;b:x:1001:1001::/:/bin/sh\n"}}, MU_RULE_MU049,
		"/etc/passwd", 1, NULL, ""},
	{"unit: one's own",
		{{"/etc/systemd/system/app.service",
			"[Unit]\n[Service]\nUser=app\nExecStart=/opt/app/run --x\n"}},
		MU_RULE_MU051, "/etc/systemd/system/app.service", 4, "/opt/app/run --x",
		NULL},
	{"unit: the distribution's",
		{{"/usr/lib/systemd/system/nginx.service", "ExecStart=/usr/sbin/nginx\n",
			 .owner = 'd'},
			{"/etc/systemd/system/multi-user.target.wants/nginx.service",
				NULL, "/usr/lib/systemd/system/nginx.service"}}},
	{"unit: a vendor's",
		{{"/usr/lib/systemd/system/x.service", "ExecStart=/opt/x\n",
			.owner = 'v'}},
		MU_RULE_MU051, "/usr/lib/systemd/system/x.service", 1, "/opt/x", NULL},
	{"unit: a drop-in",
		{{"/etc/systemd/system/nginx.service.d/a.conf",
			"[Service]\nLimitNOFILE=65536\n"}},
		MU_RULE_MU051, "/etc/systemd/system/nginx.service.d/a.conf", 2,
		"LimitNOFILE=65536", NULL},
	{"cron: the distribution's",
		{{"/etc/crontab", "1 * * * * root x\n", .owner = 'd'}}},
	{"cron: a table",
		{{"/etc/cron.d/app", "# c\nMAILTO=\"\"\n*/5 * * * *\troot\t/opt/run a\n"
				     "0 1 * * * root /opt/b\n"}},
		MU_RULE_MU052, "/etc/cron.d/app", 3, NULL,
		"sed -nE 's/^(([^[:space:]#]+[[:space:]]+){5})root[[:space:]]+/\\1/p' "
		"/etc/cron.d/app >> /etc/crontabs/root"},
	{"cron: @reboot", {{"/var/spool/cron/crontabs/app", "@reboot /opt/run\n"}},
		MU_RULE_MU052, "/var/spool/cron/crontabs/app", 1, "@reboot /opt/run",
		NULL},
	{"cron: a user's own",
		{{"/var/spool/cron/crontabs/app", "#\n1 2 * * 1 /opt/run\n"}},
		MU_RULE_MU052, "/var/spool/cron/crontabs/app", 2, "1 2 * * 1 /opt/run",
		"cp /var/spool/cron/crontabs/app /etc/crontabs/app"},
	{"cron: a script that run-parts skips",
		{{"/etc/cron.daily/clean.sh", "#!/bin/sh\n", .mode = 0755}}},
	{"cron: a daily script", {{"/etc/cron.daily/clean", "#!/bin/sh\n", .mode = 0755}},
		MU_RULE_MU052, "/etc/cron.daily/clean", 0, NULL,
		"cp -p /etc/cron.daily/clean /etc/periodic/daily/"},
	{"init: LSB",
		{{"/etc/init.d/app", "#!/bin/sh\n### BEGIN INIT INFO\n. "
				     "/lib/lsb/init-functions\n"}},
		MU_RULE_MU053, "/etc/init.d/app", 3, NULL, NULL},
	{"init: OpenRC's", {{"/etc/init.d/app", "#!/sbin/openrc-run\n"}}},
	{"rc.local: nothing in it", {{"/etc/rc.local", "#!/bin/sh -e\n\nexit 0\n"}}},
	{"logrotate: one's own", {{"/etc/logrotate.d/app", "/opt/log {\n daily\n}\n"}},
		MU_RULE_MU054, "/etc/logrotate.d/app", 1, NULL,
		"apk add --no-cache logrotate"},
	{"logrotate: what it calls",
		{{"/etc/logrotate.d/app", "/opt/log {\n postrotate\n  systemctl reload "
					  "app\n endscript\n}\n"}},
		MU_RULE_MU054, "/etc/logrotate.d/app", 3, "systemctl reload app", NULL},
	{"sudo: defaults alone", {{"/etc/sudoers.d/a", "Defaults env_reset\n"}}},
	{"sudo: a rule", {{"/etc/sudoers.d/app", "app ALL=(ALL) NOPASSWD: /bin/x\n"}},
		MU_RULE_MU055, "/etc/sudoers.d/app", 1, NULL, "apk add --no-cache sudo"},
	{"sysctl: one's own", {{"/etc/sysctl.d/99-a.conf", "; c\nvm.swappiness = 1\n"}},
		MU_RULE_MU056, "/etc/sysctl.d/99-a.conf", 2, NULL, NULL},
	{"sources: Debian's, and a mirror",
		{{"/etc/apt/sources.list",
			 "deb http://deb.debian.org/debian bookworm main\n"
			 "deb http://mirror.example/debian bookworm main\n"
			 "deb-src http://other.example/x y z\n"},
			{"/etc/apt/sources.list.d/debian.sources",
				"Types: deb\nURIs: "
				"http://deb.debian.org/debian\nSigned-By: "
				"/usr/share/keyrings/debian-archive-keyring.gpg\n"}}},
	{"sources: a vendor's, without its password",
		{{"/etc/apt/sources.list.d/v.list",
			"deb [arch=amd64 signed-by=/usr/share/keyrings/v.gpg] "
			"https://user:secret@vendor.example/linux/debian stable main\n"}},
		MU_RULE_MU057, "/etc/apt/sources.list.d/v.list", 1,
		"https://vendor.example/linux/debian", NULL},
	{"sources: in stanzas",
		{{"/etc/apt/sources.list.d/v.sources",
			"Types: deb\nURIs: https://vendor.example/debian\nSigned-By: "
			"/k/v.gpg\n"}},
		MU_RULE_MU057, "/etc/apt/sources.list.d/v.sources", 2, NULL, NULL},
	{"shell: for any shell",
		{{"/etc/profile.d/a.sh", "export A=1\n[ -d /x ] && B=2\n"}}},
	{"shell: for bash", {{"/etc/profile.d/a.sh", "A=1\nif [[ $A == 1 ]]; then\n"}},
		MU_RULE_MU058, "/etc/profile.d/a.sh", 2, NULL, NULL},
	{"environment: the path alone",
		{{"/etc/environment", "PATH=\"/bin:/usr/bin\"\n"}}},
	{"environment: others", {{"/etc/environment", "PATH=/bin\nAPP_HOME=/opt\n"}},
		MU_RULE_MU059, "/etc/environment", 2, "APP_HOME", NULL},
	{"supervisor: a program",
		{{"/etc/supervisor/conf.d/a.conf", "[program:a]\ncommand=/opt/a\n"}},
		MU_RULE_MU061, "/etc/supervisor/conf.d/a.conf", 1, "[program:a]", NULL},
	{"supervisor: no program",
		{{"/etc/supervisor/supervisord.conf", "[supervisord]\n"}}},
};

static void check_row(const struct row *r)
{
	const struct mu_config_finding *f;
	size_t n = 0;

	while (n < FILES_MAX && r->files[n].path)
		n++;
	look(r->files, n, NULL);
	if (!r->path) {
		if (config.findings.n)
			show();
		assert_int_equal(config.findings.n, 0);
		assert_int_equal(config.accounts.n, 0);
		return;
	}
	f = find(r->rule, r->path, r->line);
	if (!f) {
		show();
		fail_msg("%s: not found", r->what);
	}
	if (r->evidence)
		assert_string_equal(f->evidence, r->evidence);
	if (r->command)
		assert_string_equal(f->command ? f->command : "", r->command);
	assert_non_null(f->message);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		print_message("  %s\n", rows[i].what);
		check_row(&rows[i]);
	}
}

/* ---- what takes more than a file
 * ---------------------------------------------------------- */

static void test_hash_is_never_told(void **state)
{
	static const struct fake_file files[] = {
		{"/etc/passwd", "u:$y$j9T$SALT$HASH:1001:1001:u:/home/u:/bin/sh\n"},
		{"/etc/shadow", "u:$y$j9T$SALT$HASH:1:::::\n"}};

	(void)state;
	look(files, COUNT(files), NULL);
	assert_int_equal(config.findings.n, 2);
	for (size_t i = 0; i < config.findings.n; i++) {
		const struct mu_config_finding *f = &config.findings.v[i];

		assert_null(strstr(f->evidence, "SALT"));
		assert_null(strstr(f->evidence, "HASH"));
		assert_null(strstr(f->message, "HASH"));
	}
}

static void test_accounts(void **state)
{
	static const struct fake_file files[] = {
		{"/etc/passwd", "alice:x:1000:1000:Alice:/home/alice:/bin/bash\n"
				"svc:x:998:998::/opt/svc:/usr/sbin/nologin\n"},
		{"/etc/group", "alice:x:1000:\nsvc:x:998:\nsudo:x:27:alice\nteam:x:2000:"
			       "alice,svc\naudio:x:29:alice\nplugdev:x:46:alice\n"},
		{"/var/lib/svc/data", "", .uid = 998, .gid = 998}};
	const struct mu_account *a;

	(void)state;
	look(files, COUNT(files), NULL);
	assert_int_equal(config.accounts.n, 3);
	a = &config.accounts.v[0];
	assert_string_equal(a->name, "svc");
	assert_true(a->system && a->owns && !a->login && !a->is_group);
	assert_string_equal(a->group, "svc");
	a = &config.accounts.v[1];
	assert_string_equal(a->name, "alice");
	assert_true(!a->system && a->login);
	assert_int_equal(a->groups.n, 4);
	a = &config.accounts.v[2];
	assert_string_equal(a->name, "team");
	assert_true(a->is_group);
	assert_int_equal(a->gid, 2000);
	assert_string_equal(find(MU_RULE_MU049, "/etc/passwd", 1)->command,
		"addgroup -g 1000 alice && adduser -D -H -h /home/alice -u 1000 -G alice "
		"alice && addgroup alice wheel && addgroup alice audio && addgroup alice "
		"team");
}

static void test_image(void **state)
{
	static const struct mu_pair env[] = {{"PATH", "/usr/bin:/bin"},
		{"DEBIAN_FRONTEND", "noninteractive"}, {"LANG", "C.UTF-8"},
		{"TZ", "Europe/Paris"}, {"MALLOC_ARENA_MAX", "2"},
		{"JAVA_HOME", "/usr/lib/jvm/java-17-openjdk-amd64"},
		{"LD_PRELOAD", "libjemalloc.so.2"},
		{"SSL_CERT_FILE", "/etc/ssl/own.pem"}};
	static const char *const entry[] = {"/usr/bin/tini", "--", "/opt/run"};
	static const char *const cmd[] = {"/bin/sh", "-c", "exec bash /opt/x"};
	static const char *const health[] = {
		"CMD-SHELL", "curl -f http://localhost || exit 1"};
	static const struct mu_image image = {.user = "www-data:www-data",
		.env = env,
		.nenv = COUNT(env),
		.entrypoint = {entry, COUNT(entry), true},
		.cmd = {cmd, COUNT(cmd), true},
		.healthcheck = {health, COUNT(health), true}};
	static const struct fake_file files[] = {{"/usr/bin/tini", "", .owner = 'd'},
		{"/usr/bin/curl", "", .owner = 'd'}, {"/bin/bash", "", .owner = 'd'},
		{"/bin/sh", "", .owner = 'd'}, {"/opt/run", ""},
		{"/etc/passwd", "www-data:x:33:33::/var/www:/usr/sbin/nologin\n"}};
	unsigned commands = 0, variables = 0;

	(void)state;
	look(files, COUNT(files), &image);
	for (size_t i = 0; i < config.findings.n; i++) {
		commands += config.findings.v[i].rule == MU_RULE_MU060;
		variables += config.findings.v[i].rule == MU_RULE_MU059;
	}
	assert_int_equal(commands, 3);
	assert_int_equal(variables, 3);
	assert_non_null(find(MU_RULE_MU045, NULL, 0));
	assert_non_null(find(MU_RULE_MU043, NULL, 0));
	assert_null(find(MU_RULE_MU044, NULL, 0));
	assert_non_null(find(MU_RULE_MU049, "/etc/passwd", 1));
}

static void test_plain_image_is_silent(void **state)
{
	static const struct mu_pair env[] = {
		{"PATH", "/usr/bin:/bin"}, {"LANG", "C.UTF-8"}};
	static const char *const cmd[] = {"/opt/server"};
	static const struct mu_image image = {
		.env = env, .nenv = COUNT(env), .cmd = {cmd, COUNT(cmd), true}};
	static const struct fake_file files[] = {{"/opt/server", ""}};

	(void)state;
	look(files, COUNT(files), &image);
	assert_int_equal(config.findings.n, 0);
}

static void test_capabilities(void **state)
{
	static const uint8_t raw[20] = {1, 0, 0, 2, 0, 0x20}; /* cap_net_raw+ep */
	static const uint8_t high[24] = {
		0, 0, 0, 3, 0, 4, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0x80};
	static const uint8_t cut[8] = {1, 0, 0, 2};
	static const struct fake_file files[] = {
		{"/opt/a", "", .caps = raw, .ncaps = sizeof raw},
		{"/opt/b", "", .caps = high, .ncaps = sizeof high},
		{"/opt/c", "", .caps = cut, .ncaps = sizeof cut},
		{"/bin/ping", "", .caps = raw, .ncaps = sizeof raw, .owner = 'd'}};
	const struct mu_config_finding *f;

	(void)state;
	look(files, COUNT(files), NULL);
	f = find(MU_RULE_MU050, "/opt/a", 0);
	assert_string_equal(f->evidence, "cap_net_raw+ep");
	assert_string_equal(f->command,
		"apk add --no-cache libcap-setcap && setcap 'cap_net_raw+ep' /opt/a");
	f = find(MU_RULE_MU050, "/opt/b", 0);
	assert_string_equal(f->evidence, "cap_net_bind_service+ip 63+p");
	assert_null(find(MU_RULE_MU050, "/opt/c", 0));
	assert_int_equal(find(MU_RULE_MU050, "/bin/ping", 0)->severity, MU_SEVERITY_NOTE);
}

/* A passwd and a group that are as large as may be: no work that grows with its square.
 */
static void test_many_accounts(void **state)
{
	size_t cap = 1u << 20, n = 0, m = 0;
	char *users = malloc(cap), *groups = malloc(cap);
	struct fake_file files[] = {{"/etc/passwd", users}, {"/etc/group", groups}};

	(void)state;
	assert_non_null(users);
	assert_non_null(groups);
	for (unsigned i = 0; n < cap - 100; i++)
		n += (size_t)snprintf(
			users + n, cap - n, "u%u:x:%u:1000::/:/bin/sh\n", i, 1000 + i);
	for (unsigned i = 0; m < cap - 1000; i++)
		m += (size_t)snprintf(groups + m, cap - m,
			"g%u:x:%u:u1,u2,u3,u4,u5,u6,u7,u8,u9,u100,u200,u300\n", i,
			1000 + i);
	look(files, COUNT(files), NULL);
	assert_int_equal(config.findings.n, 201);
	assert_true(config.accounts.n >= 500);
	forget();
	free(users);
	free(groups);
}

/* Long lines, NUL bytes, lines without an end, and more findings than are shown. */
static void test_hostile(void **state)
{
	size_t big = 300000;
	char *text = malloc(big);
	struct fake_file file = {"/etc/ld.so.preload", text, .size = big};
	struct fake_file shadow = {"/etc/shadow", text};

	(void)state;
	assert_non_null(text);
	memset(text, 'a', big);
	text[100] = '\0';
	text[big - 2] = '\n';
	look(&file, 1, NULL);
	assert_int_equal(config.findings.n, 2); /* the last line has no end */
	assert_true(strlen(config.findings.v[0].evidence) <= 163);
	for (size_t i = 0; i < big; i += 10)
		memcpy(text + i, "u:$y$xxxx\n", 10);
	shadow.size = big;
	look(&shadow, 1, NULL);
	assert_int_equal(config.findings.n, 201);
	assert_non_null(find(MU_RULE_MU048, NULL, 0)); /* "… and N more" */
	for (size_t i = 0; i < big; i++)
		text[i] = (char)(i * 7919 % 251);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fake_file noise = {rows[i].files[0].path, text, .size = big};

		if (rows[i].files[0].text)
			look(&noise, 1, NULL);
	}
	forget();
	free(text);
}

static void test_wanted(void **state)
{
	(void)state;
	assert_true(mu_config_wanted("/etc/passwd", 100));
	assert_true(mu_config_wanted("/etc/systemd/system/a.service.d/b.conf", 1));
	assert_false(mu_config_wanted("/etc/passwd", 1u << 30));
	assert_false(mu_config_wanted("/etc/passwd-", 1));
	assert_false(mu_config_wanted("/usr/lib/libc.so.6", 1));
	assert_false(mu_config_wanted("/etc/cron.d/.placeholder", 1));
	assert_false(mu_config_wanted("", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_hash_is_never_told),
		cmocka_unit_test(test_accounts),
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_plain_image_is_silent),
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_many_accounts),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_wanted),
	};
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	forget();
	return r;
}
