"""Everything a person sees is Vietnamese, in the words of an office."""

import re
from collections import Counter

import pytest
from django.utils import translation

from tests.catalogues import entries_of_po, left_to_us, our_catalogue, translated
from tests.english import english_words, find_english
from tests.pages import every_page, is_page

PLACEHOLDER = re.compile(r"%\(\w+\)[sdr]|%[sdr]|\{\w*\}")
PEOPLE = ("an", "bao", "chi", "lan", "quang")  # one of each role, from conftest.py
DOMAINS = ("django", "djangojs")


@pytest.mark.parametrize("domain", DOMAINS)
def test_our_catalogue_says_what_the_dependencies_leave_in_english(domain):
    missing = left_to_us(domain) - translated(our_catalogue(domain, "mo"))

    assert sorted(text for _, text in missing) == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_compiled_catalogue_is_the_one_in_the_po_file(domain):
    entries = list(entries_of_po(our_catalogue(domain, "po")))
    written = {(entry.get("msgctxt"), entry["msgid"]): entry["msgstr"] for entry in entries}

    assert len(written) == len(entries)
    assert written.keys() == translated(our_catalogue(domain, "mo"))


def test_our_catalogue_wins_over_the_one_of_the_dependency():
    for entry in entries_of_po(our_catalogue("django", "po")):
        context, msgid, plural = (entry.get(key) for key in ("msgctxt", "msgid", "msgid_plural"))
        if plural:
            shown = translation.ngettext(msgid, plural, 2)
        else:
            shown = translation.pgettext(context, msgid) if context else translation.gettext(msgid)
        assert shown == entry["msgstr"]


@pytest.mark.parametrize("domain", DOMAINS)
def test_translations_keep_the_placeholders(domain):
    for entry in entries_of_po(our_catalogue(domain, "po")):
        expected = Counter(PLACEHOLDER.findall(entry["msgid"]))
        assert set(PLACEHOLDER.findall(entry["msgstr"])) == set(expected), entry["msgid"]
        edges = [text != text.strip() for text in (entry["msgid"], entry["msgstr"])]
        assert edges[0] == edges[1], entry["msgid"]


@pytest.mark.parametrize("domain", DOMAINS)
def test_translations_speak_as_an_office_does(domain):
    for entry in entries_of_po(our_catalogue(domain, "po")):
        plain = re.sub(r"<[^>]+>|%\(\w+\)[sdr]|\{\w*\}|\S*[=_]\S*", " ", entry["msgstr"])
        assert not re.search(r"\b(bạn|mình|chúng tôi|hãy)\b", plain, re.IGNORECASE), entry["msgstr"]
        assert english_words(plain) == [], entry["msgstr"]


def test_find_english_looks_wherever_a_person_looks():
    page = """<title>Overview</title><p>Kết quả thực hiện</p><input placeholder="Search" type="text">
        <button aria-label="Close"></button><img alt="Chart"><a title="Next page">›</a>
        <input type="submit" value="Save"><script>var user = 'value';</script>
        <p class="error">Nộp biểu Excel</p>
        <p>xa-ntm-19.2 user@example.vn 2024-Q3</p>"""

    assert [piece.split(": ")[1] for piece in find_english(page)] == [
        "Overview",
        "Search",
        "Close",
        "Chart",
        "Next page",
        "Save",
    ]


def test_a_vietnamese_page_holds_no_english():
    page = "<p>Chưa đạt, chưa xác nhận: 1. In biểu để ký. Ia Băng (Chư Prông), Ba Na, An Khê, Hà Ra</p>"

    assert find_english(page) == []


@pytest.mark.django_db
@pytest.mark.parametrize("person", PEOPLE)
def test_every_page_that_a_person_reaches_answers_in_vietnamese(person, request, client):
    client.force_login(request.getfixturevalue(person))
    client.raise_request_exception = False  # one broken page must not hide the next

    wrong = {}
    for address, response in every_page(client):
        page = response.content.decode() if is_page(response) else ""
        if response.status_code >= 400:
            wrong[address] = repr(response.exc_info[1]) if response.exc_info else response.status_code
        elif english := find_english(page):
            wrong[address] = english

    assert wrong == {}
