/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "config.h"
#include "explain_write.h"
#include "json.h"

static json_t *number(size_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *evidence(const struct mu_diagnosis *d)
{
	json_t *a = json_array();

	for (size_t i = 0; i < d->nevidence; i++)
		push(a, json_pack("{s:o, s:o}", "line", number(d->evidence[i].line),
				"text", text(d->evidence[i].text)));
	return a;
}

static json_t *diagnosis(const struct mu_diagnosis *d)
{
	json_t *o = json_object();

	set_member(o, "class", json_string(mu_cause_name(d->cause)));
	set_member(o, "id", text(d->id));
	set_member(o, "certainty", text(d->certainty));
	set_member(o, "subject", text(d->subject));
	set_member(o, "others", strings(d->others, d->nothers));
	set_member(o, "object", text(d->object));
	set_member(o, "title", text(d->title));
	set_member(o, "explanation", text(d->explanation));
	set_member(o, "evidence", evidence(d));
	set_member(o, "lines", number(d->nlines));
	set_member(o, "tell", strings(d->tell, d->ntell));
	set_member(o, "proven", text(d->proven));
	set_member(o, "proof", text(d->proof));
	set_member(o, "fixes", json_of_fixes(d->fixes, d->nfixes));
	return o;
}

static json_t *summary(const struct mu_explanation *x)
{
	struct mu_explanation_facts facts;
	size_t n = 0;

	mu_explanation_facts(x, &facts);
	while (mu_diagnosis_at(x, n))
		n++;
	return json_pack("{s:o, s:o, s:b}", "diagnoses", number(n), "lines",
		number(facts.lines), "complete", !facts.cut);
}

static json_t *targets(const struct mu_explanation *x)
{
	struct mu_explanation_facts facts;

	mu_explanation_facts(x, &facts);
	return json_pack("[{s:s, s:s, s:s, s:s}]", "name", facts.target, "libc_version",
		facts.libc_version, "arch", facts.arch, "from", facts.target_from);
}

static int write_document(const struct mu_explanation *x, FILE *f)
{
	const struct mu_diagnosis *d;
	int e;

	fprintf(f,
		"{\"schema_version\":1,\"tool\":{\"name\":\"muslin\",\"version\":\"%s\"},"
		"\"command\":\"explain\",\n",
		MU_VERSION);
	e = dump_member(f, "\"targets\":", targets(x), ",\n\"diagnoses\":[");
	for (size_t i = 0; !e && (d = mu_diagnosis_at(x, i)); i++) {
		incomplete = false;
		e = dump_member(f, i ? ",\n" : "\n", diagnosis(d), "");
		e = e || !incomplete ? e : -ENOMEM;
	}
	fputs("\n],\n", f);
	return e ? e : dump_member(f, "\"summary\":", summary(x), "}\n");
}

static int write_lines(const struct mu_explanation *x, FILE *f)
{
	const struct mu_diagnosis *d;
	int e = 0;

	for (size_t i = 0; !e && (d = mu_diagnosis_at(x, i)); i++) {
		incomplete = false;
		e = dump_member(f, "", diagnosis(d), "\n");
		e = e || !incomplete ? e : -ENOMEM;
	}
	return e ? e : dump_member(f, "{\"summary\":", summary(x), "}\n");
}

int explain_write_json(
	const struct mu_explanation *x, const struct mu_write_options *opts, FILE *f)
{
	return opts->format == MU_FORMAT_JSON ? write_document(x, f) : write_lines(x, f);
}
