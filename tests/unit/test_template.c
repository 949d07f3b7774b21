/* test_template.c: what a template may say and must not, with the place of every fault; how sections and empty lines are written; that the built-in words and the samples
 * are without fault, and that the manual has every name.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "adapter/channel_words.h"
#include "base/file.h"

static void expect(const char *text, const char *expected)
{
	static struct hl_faults faults;
	struct hl_template *t;
	struct hl_buf out = HL_BUF(1 << 16);
	hl_faults_clear(&faults);
	enum hl_code code = hl_template_parse(&t, "de.txt", text, strlen(text), &faults);
	ck_assert_int_eq(code, faults.errors ? HL_E_CONFIG : HL_OK);
	ck_assert_int_eq(code == HL_OK, t != NULL);
	hl_faults_print(&faults, &out);
	ck_assert_msg(!strcmp(hl_buf_text(&out), expected), "%s\n--- said:\n%s--- expected:\n%s", text, hl_buf_text(&out), expected);
	hl_buf_fini(&out);
	hl_template_free(&t);
}

START_TEST(test_grammar)
{
	expect("# a comment\nlanguage: de-AT\n\n=== text\n{{notice}} {{ place }}\n", "");
	expect("", "de.txt:1:1: no part: expected '=== subject', '=== text', '=== html' or '=== sms'\n");
	expect("hello\n=== text\n{{notice}}\n", "de.txt:1:1: expected '# comment', 'language: NAME' or '=== PART'\n");
	expect("language: de at\n=== text\n{{notice}}\n", "de.txt:1:11: no language: expected a name as 'de' or 'es-MX'\n");
	expect("=== subjct\n{{notice}}\n", "de.txt:1:5: unknown part 'subjct' (did you mean 'subject'?): expected subject, text, html or sms\n");
	expect("=== text\n{{notice}}\n=== text\n{{notice}}\n", "de.txt:3:5: part 'text' stands here twice, the first time in line 1\n");
	expect("=== text\n{{notice}}\n  {{platz}}\n", "de.txt:3:3: unknown name 'platz' (did you mean 'place'?)\n");
	expect("=== text\n{{notice}}\n{{}} {{a b}} {{Place}}\n", "de.txt:3:1: '{{' without a name: expected {{name}}, {{#name}}, {{^name}} or {{/name}}\n"
							       "de.txt:3:6: '{{' without a name: expected {{name}}, {{#name}}, {{^name}} or {{/name}}\n"
							       "de.txt:3:14: '{{' without a name: expected {{name}}, {{#name}}, {{^name}} or {{/name}}\n");
	expect("=== text\n{{notice}} {{place\n}}\n", "de.txt:2:12: '{{' without '}}' on the same line\nde.txt:3:1: '}}' without '{{'\n");
	expect("=== text\n{{notice}}\n{{#late}}x\n", "de.txt:3:1: section 'late' is not closed: expected {{/late}}\n");
	expect("=== text\n{{notice}}\n{{/late}}\n", "de.txt:3:1: {{/late}} ends a section that has not begun\n");
	expect("=== text\n{{notice}}\n{{#late}}{{#utc}}x{{/late}}{{/utc}}\n", "de.txt:3:19: {{/late}} stands where {{/utc}} is expected, for line 3\n"
									     "de.txt:3:28: {{/utc}} stands where {{/late}} is expected, for line 3\n");
	expect("=== text\n{{notice}} {{late}}\n", "de.txt:2:12: 'late' has no text: it is for sections, {{#late}}…{{/late}}\n");
	expect("=== text\n{{notice}}\na\x01z\n", "de.txt:3:2: byte 0x01 is no text: expected UTF-8 without control characters\n");
	expect("=== text\r\n{{notice}}\r\na\rz\r\n", "de.txt:3:2: byte 0x0d is no text: expected UTF-8 without control characters\n");
	expect("=== text\n{{notice}}\nStra\xdf" "e\n", "de.txt:3:5: byte 0xdf is no text: expected UTF-8 without control characters\n");
	expect("=== subject\n{{headline}}\nmore\n", "de.txt:1:1: part 'subject' has 2 lines: expected one\n");
}
END_TEST

START_TEST(test_too_large)
{
	static struct hl_faults faults;
	struct hl_template *t;
	struct hl_buf text = HL_BUF(200000);
	hl_buf_puts(&text, "=== text\n{{notice}}\n");
	while (text.len <= HL_TEMPLATE_FILE_MAX)
		hl_buf_puts(&text, "a line of words\n");
	ck_assert_int_eq(hl_template_parse(&t, "de.txt", hl_buf_text(&text), text.len, &faults), HL_E_CONFIG);
	ck_assert_str_eq(faults.v[0].text, "a template of 65540 bytes: expected at most 65536");
	hl_faults_clear(&faults);
	hl_buf_clear(&text);
	hl_buf_puts(&text, "=== text\n{{notice}}\n");
	for (int i = 0; i < 4000; i++)
		hl_buf_puts(&text, "{{age}}");
	ck_assert_int_eq(hl_template_parse(&t, "de.txt", hl_buf_text(&text), text.len, &faults), HL_E_CONFIG);
	ck_assert_uint_eq(faults.errors, 1);
	ck_assert_str_eq(faults.v[0].text, "part 'text' has more than 2000 pieces");
	hl_buf_fini(&text);
}
END_TEST

#define SURE " outside of every section but its own"
/* What no template can leave out. */
START_TEST(test_safety)
{
	static const char notice[] = "de.txt:1:1: part 'text' lacks {{notice}}: it must stand outside of every section but its own\n";
	expect("=== text\nNICHT GEPRÜFT\n", notice);
	expect("=== text\n{{#late}}{{notice}}{{/late}}\n", notice);
	expect("=== text\n{{^notice}}{{notice}}{{/notice}}\n", notice);
	expect("=== text\n{{#notice}}{{notice}}{{/notice}}\n", "");
	expect("=== html\n<p>{{place}}</p>\n", "de.txt:1:1: part 'html' lacks {{notice}}: it must stand outside of every section but its own\n");
	expect("=== subject\n{{category}}\n", "de.txt:1:1: part 'subject' lacks {{headline}}: it must stand outside of every section but its own\n");
	expect("=== sms\n{{category}}\n", "de.txt:1:1: part 'sms' lacks {{difference}}: it must stand outside of every section but its own\n"
					  "de.txt:1:1: part 'sms' lacks {{notice_short}}: it must stand outside of every section but its own\n");
	expect("=== sms\n{{notice_short}} {{difference}} más\n",
	       "de.txt:2:32: a symbol of these words is outside of the GSM alphabet: it would leave 70 symbols instead of 160\n");
	expect("=== sms\n{{notice_short}} {{difference}} a b c d e f g h i j k l m n o p q r s t u v w x y z A B C D E\n",
	       "de.txt:1:1: part 'sms' has 63 symbols of its own: expected at most 60, so that what must be said has room\n");
	expect("=== sms\n{{notice_short}} {{difference}} {{vin}}\n", "de.txt:2:33: 'vin' does not belong in a short message\n");
	expect("=== subject\n{{headline}} {{age}} {{plates}}\n", "de.txt:2:14: 'age' does not belong in a subject: threads are found by it\n"
								 "de.txt:2:22: 'plates' has several lines: it does not belong in a subject\n");
	expect("=== text\n{{notice}}\n{{plates}}\n",
	       "de.txt:1:1: part 'text' lacks {{contradictions}}: it shows a plate, and what contradicts belongs beside it," SURE "\n"
	       "de.txt:1:1: part 'text' lacks {{difference}}: it shows a plate, and how much differs belongs beside it," SURE "\n");
	expect("=== text\n{{notice}}\n{{plates}} {{difference}}\n{{#late}}{{contradictions}}{{/late}}\n",
	       "de.txt:1:1: part 'text' lacks {{contradictions}}: it shows a plate, and what contradicts belongs beside it," SURE "\n");
	expect("=== subject\n{{headline}} {{read}}\n", "de.txt:1:1: part 'subject' lacks {{listed}}: both plates are shown, or none\n");
	expect("=== text\n{{notice}}\n{{listed}} {{difference}} {{contradictions}}\n", "de.txt:1:1: part 'text' lacks {{read}}: both plates are shown, or none\n");
}
END_TEST

#define HTML "=== html\n{{notice}}\n"
START_TEST(test_html)
{
	expect(HTML "<!DOCTYPE html><p style=\"color:#fff\">x<br>y<br/>&lt;</p>\n", "");
	expect(HTML "<a href=\"{{link}}\">{{link}}</a> <a href=\"https://pd.example/x?y\">x</a> <a href=\"tel:+1303\">x</a>\n", "");
	expect(HTML "<script>alert(1)</script>\n", "de.txt:3:1: tag 'script' is not one of those that a mail may hold; a '<' of the text is written &lt;\n");
	expect(HTML "  <IMG src=\"https://x/y.png\">\n", "de.txt:3:3: tag 'IMG' is not one of those that a mail may hold; a '<' of the text is written &lt;\n");
	expect(HTML "<!-- <script> -->\n", "de.txt:3:1: tag '?' is not one of those that a mail may hold; a '<' of the text is written &lt;\n");
	expect(HTML "a < b\n", "de.txt:3:3: tag '?' is not one of those that a mail may hold; a '<' of the text is written &lt;\n");
	expect(HTML "<p onclick=\"x\">\n", "de.txt:3:4: attribute 'onclick' is not one of those that a mail may hold\n");
	expect(HTML "<p style=color>\n", "de.txt:3:4: attribute 'style': expected a value in double quotes\n");
	expect(HTML "<p style=\"color:red>\n", "de.txt:3:11: attribute 'style': no closing quote\n");
	expect(HTML "<p style=\"background:URL(x)\">\n", "de.txt:3:11: 'url' does not belong in a style: it fetches, hides or moves\n");
	expect(HTML "<p style=\"dis\\70lay:none\">\n", "de.txt:3:11: '\\' does not belong in a style: it fetches, hides or moves\n");
	expect(HTML "<p style=\"display : none\">\n", "de.txt:3:11: 'display' does not belong in a style: it fetches, hides or moves\n");
	expect(HTML "<a href=\"javascript:x\">\n",
	       "de.txt:3:10: href: expected \"{{link}}\", \"{{image_link}}\", or an address without blanks that begins with https://, mailto: or tel:\n");
	expect(HTML "<a href=\"https://x/{{alert}}\">\n",
	       "de.txt:3:10: href: expected \"{{link}}\", \"{{image_link}}\", or an address without blanks that begins with https://, mailto: or tel:\n");
	expect(HTML "<a hReF=\"{{note}}\">\n",
	       "de.txt:3:10: href: expected \"{{link}}\", \"{{image_link}}\", or an address without blanks that begins with https://, mailto: or tel:\n");
	expect(HTML "<p title=\"{{note}}\">\n", "de.txt:3:11: a name in the attribute 'title': names stand between tags, or are a whole href\n");
	expect(HTML "<p {{note}}>\n", "de.txt:3:4: attribute '?' is not one of those that a mail may hold\n");
	expect(HTML "<p{{note}}>\n", "de.txt:3:1: a name can't stand inside of a tag\n");
	expect(HTML "<p style=\"{{#late}}color:red{{/late}}\">\n", "de.txt:3:11: attribute 'style': a section can't begin or end inside of a tag\n");
	expect(HTML "<title>{{notice}}</title>\n", "de.txt:3:8: a name in the title: nobody sees it there\n");
	expect(HTML "<title>x\n", "de.txt:3:7: tag 'title' is not closed: expected '</title>'\n");
	expect(HTML "<p style=\"color:transparent\">\n", "de.txt:3:11: 'transparent' does not belong in a style: it fetches, hides or moves\n");
	expect(HTML "<p\nstyle=\"color:red\">\n", "de.txt:3:1: tag 'p' is not closed: expected '>' on the same line\n");
	expect(HTML "<p style=\"color:\nred\">\n", "de.txt:3:11: attribute 'style' does not end on its line: a line may be left out\n");
	expect(HTML "<p\n", "de.txt:3:1: tag 'p' is not closed: expected '>' on the same line\n");
	expect(HTML "<meta http-equiv=\"refresh\">\n", "de.txt:3:7: attribute 'http-equiv' is not one of those that a mail may hold\n");
	expect(HTML "<meta content=\"0;u\">\n", "de.txt:3:16: ';' does not belong in content\n");
}
END_TEST

static void written(const char *text, enum hl_part p, const struct hl_values *v, const char *expected)
{
	static struct hl_faults faults;
	struct hl_template *t;
	struct hl_buf out = HL_BUF(1 << 16);
	hl_faults_clear(&faults);
	ck_assert_msg(hl_template_parse(&t, "t", text, strlen(text), &faults) == HL_OK, "%s", faults.v[0].text);
	hl_template_write(t, p, v, &out);
	ck_assert_msg(!strcmp(hl_buf_text(&out), expected), "%s--- said:\n%s--- expected:\n%s", text, hl_buf_text(&out), expected);
	hl_buf_fini(&out);
	hl_template_free(&t);
}

START_TEST(test_write)
{
	struct hl_values v = { 0 };
	v.v[HL_V_NOTICE] = "NOT VERIFIED";
	v.v[HL_V_NOTICE_SHORT] = "NOT VERIFIED";
	v.v[HL_V_DIFFERENCE] = "all 7 symbols agree";
	v.v[HL_V_PLACE] = "<b onload='x'>\"&";
	v.v[HL_V_PLATES] = "<i>made here</i>";
	v.v[HL_V_CONTRADICTIONS] = "";
	v.v[HL_V_LATE] = "1";
	written("=== text\n\n\n{{notice}}\n\n\n\nlast\n\n", HL_PART_TEXT, &v, "NOT VERIFIED\n\nlast\n");
	written("=== text\n{{notice}}\nAgency: {{agency}}, case {{case}}\nAt: {{place}} {{case}}\n", HL_PART_TEXT, &v, "NOT VERIFIED\nAt: <b onload='x'>\"& \n");
	written("=== text\n{{#late}}\nlate\n{{/late}}\n{{^late}}\nin time\n\n{{/late}}\n{{notice}}\n", HL_PART_TEXT, &v, "late\nNOT VERIFIED\n");
	written("=== text\n{{notice}}{{#late}}, late{{#case}}, {{case}}{{/case}}{{^case}}, no case{{/case}}{{/late}}{{^late}}{{#case}}x{{/case}}y{{/late}}.\n", HL_PART_TEXT, &v,
		"NOT VERIFIED, late, no case.\n");
	written("=== html\n<p>{{notice}} {{place}}</p>\n\n{{plates}}{{difference}}{{contradictions}}\n", HL_PART_HTML, &v,
		"<p>NOT VERIFIED &lt;b onload=&#39;x&#39;&gt;&quot;&amp;</p>\n\n<i>made here</i>all 7 symbols agree\n");
	written("=== sms\r\n{{notice_short}}: {{difference}}{{#late}}; late{{/late}}\r\n\r\n", HL_PART_SMS, &v, "NOT VERIFIED: all 7 symbols agree; late");
}
END_TEST

static void read_source(const char *name, struct hl_buf *out)
{
	char path[1024];
	struct hl_err err = { 0 };
	const char *top = getenv("srcdir");
	snprintf(path, sizeof path, "%s/%s", top ? top : ".", name);
	ck_assert_msg(hl_file_read(path, out, &err) == HL_OK, "%s", err.text);
}

START_TEST(test_shipped)
{
	static const char *const files[] = { "templates/en.txt", "templates/de.txt", "templates/es.txt" };
	for (size_t i = 0; i < 3; i++) {
		struct hl_buf text = HL_BUF(1 << 20);
		read_source(files[i], &text);
		expect(hl_buf_text(&text), "");
		if (i == 0)
			ck_assert_str_eq(hl_buf_text(&text), hl_template_builtin);
		hl_buf_fini(&text);
	}
}
END_TEST

START_TEST(test_manual)
{
	struct hl_buf page = HL_BUF(1 << 20);
	read_source("doc/messages.md", &page);
	for (size_t i = 0; i < HL_NAMES; i++) {
		char row[1024];
		bool brief = hl_names[i].sms;
		snprintf(row, sizeof row, "\n| `%s`%s | %s |\n", hl_names[i].name, brief ? "*" : "", hl_names[i].help);
		ck_assert_msg(strstr(hl_buf_text(&page), row) != NULL, "doc/messages.md has no row:%s", row);
	}
	hl_buf_fini(&page);
}
END_TEST

UNIT_MAIN("template", test_grammar, test_too_large, test_safety, test_html, test_write, test_shipped, test_manual)
