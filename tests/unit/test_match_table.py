"""The table of edge rules: each rule decides its pairs, up to its thresholds and no further."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from copydesk.pipeline.core.dedup_records import EdgeKind
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.match.edge_rules import NEAR_MISS, RULES, TITLE_REFERENCE_RULES, classify_pair
from copydesk.pipeline.match.evidence import Overlap, PairEvidence

PROFILE = Profile()


def of(shared: int, smaller: int, larger: int | None = None) -> Overlap:
    return Overlap(shared, smaller, smaller if larger is None else larger)


COPY = PairEvidence(
    body=of(100, 100),
    title=of(10, 10),
    lead=of(40, 40),
    numbers=of(4, 4),
    names=of(10, 10),
    vocabulary=of(60, 60),
    shorter_words=104,
    longer_words=104,
    hours_apart=1,
    same_text=False,
    notice="",
    withdraws=False,
    has_headline_only=False,
)
DISSIMILAR = {"body": of(30, 100)}
KILL = DISSIMILAR | {"withdraws": True, "minutes_behind": 60}
FLASH = DISSIMILAR | {"has_headline_only": True, "minutes_behind": -60}
DIGEST = DISSIMILAR | {"opening": of(12, 15)}
FRAGMENT = {"body": of(0, 0), "shorter_words": 2, "longer_words": 2}
SAME_FIGURES = {"body": of(40, 100), "numbers": of(17, 20), "title": of(8, 10)}
CUT_TITLE = {"title": of(6, 7), "numbers": of(3, 4), "names": of(9, 12)}
EDITED_CUT = CUT_TITLE | {"body": of(60, 100, 200), "shorter_words": 25, "longer_words": 300}
LATER = {"hours_apart": 20}
DAILY = {"body": of(94, 100)}
FORM = {"shorter_words": 59, "longer_words": 59, "different_subject": True, "numbers": of(3, 4)}
CORRECTED_FORM = FORM | {"notice": "correction", "title": of(8, 10), "vocabulary": of(57, 60)}
OTHER_DAY = {
    "hours_apart": 20, "title": of(4, 4), "vocabulary": of(59, 60), "shorter_words": 99, "longer_words": 99,
    "different_names": 1, "body": of(90, 95),
}  # fmt: skip
OTHER_LEAD = {"lead": of(22, 40)}
FILLED_IN = {"shorter_words": 100, "longer_words": 100, "different_names": 4, "names": of(16, 20)}
FORM_WITHOUT_CAPITALS = {
    "title": of(3, 3), "names": of(0, 0), "body": of(79, 90), "lead": of(34, 40), "different_words": 3,
    "numbers": of(0, 0),
}  # fmt: skip
TITLED_FORM = FORM_WITHOUT_CAPITALS | {"title": of(4, 4), "different_words": 4}
SHORT = {"shorter_words": 24, "longer_words": 24}
FIRST_LINES = SHORT | {"title": of(0, 5), "longer_words": 48}
TEMPLATE = {"lead": of(26, 40)}
FORECAST = TEMPLATE | {"numbers": of(3, 4), "shorter_words": 99}
NEXT_FORECAST = FORECAST | {"numbers": of(3, 5), "names": of(3, 4), "body": of(79, 100)}
OTHER_NUMBERS = {"numbers": of(4, 7), "body": of(87, 100)}
SAME_LONG_TEXT = {"numbers": of(4, 7), "body": of(88, 100), "title": of(9, 10), "shorter_words": 100}
EDITED_TITLE = {"body": of(87, 100), "title": of(9, 10)}
RETITLED = {"title": of(4, 10), "body": of(62, 100), "numbers": of(3, 4), "names": of(9, 12), "lead": of(20, 40)}
RETITLED_LEAD = RETITLED | {"lead": of(32, 40), "names": of(8, 10)}
CONTAINED = {
    "title": of(4, 10), "body": of(80, 100, 400), "names": of(7, 10), "lead": of(32, 40), "longer_words": 400,
}  # fmt: skip
ROUNDUP = {"names": of(7, 10, 18), "recurring_names": 1, "longer_words": 400}
BRIEFS = {"title": of(3, 9), "names": of(7, 10, 10), "headline_percent": 50}
COMMENT = {"names": of(7, 10, 28), "recurring_names": 4, "lead": of(20, 40)}
ANNOUNCED = {
    "title": of(4, 10), "notice": "update", "numbers": of(3, 5), "names": of(6, 10), "lead": of(20, 40),
    "body": of(60, 100),
}  # fmt: skip
LONGER_UPDATE = ANNOUNCED | {
    "body": of(80, 100, 179), "longer_words": 198, "names": of(10, 10, 18), "recurring_names": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "rule", "kind"),
    [
        (KILL | {"title": of(4, 4, 5)}, "kill_notice", EdgeKind.REVISION),
        (KILL | {"title": of(3, 3), "minutes_behind": -60}, "kill_notice", EdgeKind.REVISION),
        (KILL | {"title": of(2, 2)}, "unrelated", None),
        (KILL | {"title": of(7, 7, 9)}, "unrelated", None),
        (KILL | {"hours_apart": 23}, "kill_notice", EdgeKind.REVISION),
        (KILL | {"hours_apart": 2, "different_agency": True}, "kill_notice", EdgeKind.REVISION),
        (KILL | {"hours_apart": 24}, NEAR_MISS, None),
        (KILL | {"minutes_behind": -61}, NEAR_MISS, None),
        (KILL | {"hours_apart": 3, "different_agency": True}, NEAR_MISS, None),
        (KILL | {"different_place": True}, NEAR_MISS, None),
        (KILL | {"different_place": True, "body": of(100, 100)}, "same_title", EdgeKind.DUPLICATE),
        (FLASH | {"title": of(9, 9, 10)}, "flash", EdgeKind.EXCERPT),
        (FLASH | {"minutes_behind": -720}, "flash", EdgeKind.EXCERPT),
        (FLASH | {"title": of(4, 4), "minutes_behind": 240}, "flash", EdgeKind.EXCERPT),
        (FLASH | {"title": of(8, 8, 9)}, "unrelated", None),
        (FLASH | {"title": of(3, 3)}, "unrelated", None),
        (FLASH | {"minutes_behind": -721}, NEAR_MISS, None),
        (FLASH | {"minutes_behind": 241}, NEAR_MISS, None),
        (FLASH | {"shorter_words": 0}, "flash", EdgeKind.EXCERPT),
        (FLASH | {"shorter_words": 0, "longer_words": 0}, "unrelated", None),
        (DIGEST, "digest_item", EdgeKind.PART_OF),
        (DIGEST | {"opening": of(10, 12)}, "digest_item", EdgeKind.PART_OF),
        (DIGEST | {"opening": of(9, 9)}, "unrelated", None),
        (DIGEST | {"opening": of(11, 14)}, "unrelated", None),
        (DIGEST | {"opening": of(0, 15), "body": of(82, 100)}, "digest_item", EdgeKind.PART_OF),
        (DIGEST | {"opening": of(0, 15), "body": of(83, 100)}, "same_title", EdgeKind.REVISION),
        (DIGEST | {"opening": of(0, 15), "body": of(45, 100)}, NEAR_MISS, None),
        (FRAGMENT, "fragments_differ", None),
        (FRAGMENT | {"same_text": True}, "same_fragment", EdgeKind.DUPLICATE),
        (FRAGMENT | {"same_text": True} | LATER, "repeated_brief", EdgeKind.SERIES),
        (SAME_FIGURES, "same_figures", EdgeKind.REVISION),
        (SAME_FIGURES | {"numbers": of(16, 19)}, "unrelated", None),
        (SAME_FIGURES | {"numbers": of(7, 7)}, "unrelated", None),
        (SAME_FIGURES | {"title": of(7, 9)}, "unrelated", None),
        (SAME_FIGURES | {"body": of(39, 100)}, "unrelated", None),
        (EDITED_CUT, "edited_cut", EdgeKind.REVISION),
        (EDITED_CUT | {"shorter_words": 24}, "unrelated", None),
        (EDITED_CUT | {"body": of(59, 100, 200)}, "unrelated", None),
        (EDITED_CUT | {"title": of(5, 6)}, "unrelated", None),
        (EDITED_CUT | {"numbers": of(2, 3)}, "unrelated", None),
        (EDITED_CUT | {"numbers": of(5, 7)}, "unrelated", None),
        (EDITED_CUT | {"names": of(8, 11)}, "unrelated", None),
        ({"body": of(45, 100)}, NEAR_MISS, None),
        ({"body": of(27, 50, 77)}, NEAR_MISS, None),
        ({"body": of(72, 100, 400), "title": of(0, 10)}, NEAR_MISS, None),
        ({"body": of(42, 100)}, "unrelated", None),
        ({"body": of(71, 100, 400), "title": of(0, 10)}, "unrelated", None),
        (LATER | {"shorter_words": 39, "body": of(99, 100)}, "repeated_brief", EdgeKind.SERIES),
        (LATER | {"shorter_words": 39, "numbers": of(0, 0)}, "repeated_brief", EdgeKind.SERIES),
        (LATER | {"shorter_words": 39, "longer_words": 39}, "same_title", EdgeKind.DUPLICATE),
        (LATER | {"shorter_words": 40, "longer_words": 50}, "same_title", EdgeKind.DUPLICATE),
        (LATER | {"numbers": of(4, 5), "body": of(94, 100)}, "next_issue", EdgeKind.SERIES),
        (LATER | {"numbers": of(4, 5), "body": of(95, 100)}, "same_title", EdgeKind.DUPLICATE),
        ({"numbers": of(4, 5), "body": of(94, 100), "hours_apart": 19}, "same_title", EdgeKind.REVISION),
        (LATER | {"numbers": of(5, 6), "body": of(94, 100)}, "same_title", EdgeKind.REVISION),
        (LATER | DAILY | {"vocabulary": of(89, 100)}, "next_issue", EdgeKind.SERIES),
        (LATER | DAILY | {"vocabulary": of(90, 100)}, "same_title", EdgeKind.REVISION),
        (LATER | DAILY | {"vocabulary": of(89, 100), "numbers": of(8, 8)}, "same_title", EdgeKind.REVISION),
        (LATER | DAILY | {"shorter_words": 79, "longer_words": 79}, "next_issue", EdgeKind.SERIES),
        (LATER | DAILY | {"shorter_words": 80, "longer_words": 80}, "same_title", EdgeKind.REVISION),
        (FORM, "other_subject", EdgeKind.SERIES),
        (FORM | {"longer_words": 73}, "other_subject", EdgeKind.SERIES),
        (FORM | {"longer_words": 74}, "same_title", EdgeKind.DUPLICATE),
        (FORM | {"shorter_words": 900, "longer_words": 900}, "other_subject", EdgeKind.SERIES),
        (CORRECTED_FORM, "other_subject", EdgeKind.SERIES),
        (CORRECTED_FORM | {"vocabulary": of(56, 60)}, "same_title", EdgeKind.REVISION),
        (CORRECTED_FORM | {"vocabulary": of(53, 60), "names": of(6, 10)}, "other_subject", EdgeKind.SERIES),
        (CORRECTED_FORM | {"vocabulary": of(52, 60), "names": of(6, 10)}, "same_title", EdgeKind.REVISION),
        (CORRECTED_FORM | {"vocabulary": of(56, 60), "title": of(7, 10)}, "same_title", EdgeKind.REVISION),
        (CORRECTED_FORM | {"numbers": of(4, 4)}, "same_title", EdgeKind.REVISION),
        (CORRECTED_FORM | {"numbers": of(4, 4), "vocabulary": of(58, 60), "both_revise": True}, "other_subject",
         EdgeKind.SERIES),
        (CORRECTED_FORM | {"different_subject": False}, "same_title", EdgeKind.REVISION),
        (CORRECTED_FORM | {"longer_words": 74}, "same_title", EdgeKind.REVISION),
        (OTHER_DAY, "other_subject", EdgeKind.SERIES),
        (OTHER_DAY | {"hours_apart": 19}, "same_title", EdgeKind.DUPLICATE),
        (OTHER_DAY | {"different_names": 0}, "same_title", EdgeKind.DUPLICATE),
        (OTHER_DAY | {"vocabulary": of(58, 60)}, "same_title", EdgeKind.DUPLICATE),
        (OTHER_DAY | {"numbers": of(8, 9)}, "same_title", EdgeKind.DUPLICATE),
        (OTHER_DAY | {"shorter_words": 100, "longer_words": 100}, "same_title", EdgeKind.DUPLICATE),
        (FORM | {"different_subject": False, "different_names": 2}, "other_subject", EdgeKind.SERIES),
        (FORM | {"different_subject": False, "different_names": 1}, "same_title", EdgeKind.DUPLICATE),
        (FORM | OTHER_LEAD | {"title": of(67, 100)}, "other_subject", EdgeKind.SERIES),
        (FORM | OTHER_LEAD | {"title": of(66, 100)}, "same_title", EdgeKind.DUPLICATE),
        (FORM | OTHER_LEAD | {"lead": of(14, 25), "title": of(66, 100)}, "other_subject", EdgeKind.SERIES),
        (FORM_WITHOUT_CAPITALS, "other_subject", EdgeKind.SERIES),
        (FORM_WITHOUT_CAPITALS | {"different_words": 2, "lead": of(37, 40)}, "same_title", EdgeKind.REVISION),
        (FORM_WITHOUT_CAPITALS | {"lead": of(33, 40)}, "same_title", EdgeKind.REVISION),
        (FORM_WITHOUT_CAPITALS | {"lead": of(38, 40)}, "same_title", EdgeKind.REVISION),
        (FORM_WITHOUT_CAPITALS | {"body": of(80, 90)}, "same_title", EdgeKind.REVISION),
        (FORM_WITHOUT_CAPITALS | {"notice": "correction"}, "same_title", EdgeKind.REVISION),
        (TITLED_FORM, "other_subject", EdgeKind.SERIES),
        (TITLED_FORM | {"different_words": 3}, "same_title", EdgeKind.REVISION),
        (FILLED_IN | {"lead": of(20, 40)}, "other_subject", EdgeKind.SERIES),
        (FILLED_IN | {"lead": of(19, 40)}, "same_title", EdgeKind.DUPLICATE),
        (FORM | SHORT | {"title": of(8, 10), "names": of(3, 4)}, "short_titled", EdgeKind.DUPLICATE),
        (FORM | SHORT | {"title": of(9, 10), "names": of(3, 4)}, "other_subject", EdgeKind.SERIES),
        (FORM | SHORT | {"title": of(8, 10), "names": of(5, 7)}, "other_subject", EdgeKind.SERIES),
        (FORM | SHORT | {"title": of(8, 10), "names": of(3, 3)}, "other_subject", EdgeKind.SERIES),
        (SHORT | {"title": of(10, 13), "numbers": of(3, 5)}, "short_titled", EdgeKind.DUPLICATE),
        (SHORT | {"title": of(3, 4), "numbers": of(3, 5)}, "short_template", EdgeKind.SERIES),
        (SHORT | {"title": of(10, 13), "numbers": of(4, 7)}, "short_template", EdgeKind.SERIES),
        (SHORT | {"title": of(5, 8)}, "short_titled", EdgeKind.DUPLICATE),
        (SHORT | {"title": of(8, 13)}, "short_titled", EdgeKind.DUPLICATE),
        (SHORT | {"title": of(3, 5), "body": of(89, 100)}, "short_template", EdgeKind.SERIES),
        (SHORT | {"title": of(3, 5), "body": of(90, 100)}, "short_titled", EdgeKind.REVISION),
        (SHORT | {"title": of(5, 10)}, "short_titled", EdgeKind.DUPLICATE),
        (SHORT | {"title": of(9, 19)}, "short_template", EdgeKind.SERIES),
        (FIRST_LINES, "first_lines", EdgeKind.DUPLICATE),
        (FIRST_LINES | {"longer_words": 47}, "short_template", EdgeKind.SERIES),
        (FIRST_LINES | {"numbers": of(1, 1), "names": of(1, 1)}, "first_lines", EdgeKind.DUPLICATE),
        (FIRST_LINES | {"numbers": of(1, 1), "names": of(0, 0)}, "short_template", EdgeKind.SERIES),
        (FIRST_LINES | {"lead": of(37, 40)}, "short_template", EdgeKind.SERIES),
        (FORECAST | {"body": of(64, 100)}, "refilled_template", EdgeKind.SERIES),
        (FORECAST | {"body": of(64, 100), "shorter_words": 100}, "same_title", EdgeKind.REVISION),
        (FORECAST | {"body": of(65, 100)}, "same_title", EdgeKind.REVISION),
        (FORECAST | {"body": of(64, 100), "lead": of(38, 40)}, "same_title", EdgeKind.REVISION),
        (NEXT_FORECAST, "refilled_template", EdgeKind.SERIES),
        (NEXT_FORECAST | {"body": of(80, 100)}, "same_title", EdgeKind.REVISION),
        (NEXT_FORECAST | {"numbers": of(4, 5)}, "same_title", EdgeKind.REVISION),
        (NEXT_FORECAST | {"names": of(4, 4)}, "same_title", EdgeKind.REVISION),
        (TEMPLATE | {"numbers": of(5, 8), "body": of(70, 100)}, "other_numbers", EdgeKind.SERIES),
        (TEMPLATE | {"numbers": of(10, 13), "body": of(87, 100)}, "other_numbers", EdgeKind.SERIES),
        (TEMPLATE | {"numbers": of(10, 13), "shorter_words": 41}, "other_numbers", EdgeKind.SERIES),
        (TEMPLATE | {"numbers": of(10, 13), "shorter_words": 40}, "same_title", EdgeKind.DUPLICATE),
        (TEMPLATE | {"numbers": of(8, 10), "body": of(89, 100)}, "same_title", EdgeKind.REVISION),
        ({"numbers": of(10, 13), "lead": of(25, 40)}, "same_title", EdgeKind.DUPLICATE),
        (OTHER_NUMBERS, "same_title", EdgeKind.REVISION),
        (OTHER_NUMBERS | {"title": of(9, 10)}, "other_numbers", EdgeKind.SERIES),
        (OTHER_NUMBERS | {"title": of(19, 19, 20)}, "same_title", EdgeKind.REVISION),
        (OTHER_NUMBERS | {"title": of(11, 11, 12)}, "other_numbers", EdgeKind.SERIES),
        (SAME_LONG_TEXT, "same_title", EdgeKind.REVISION),
        (SAME_LONG_TEXT | {"body": of(87, 100)}, "other_numbers", EdgeKind.SERIES),
        (SAME_LONG_TEXT | {"shorter_words": 99}, "other_numbers", EdgeKind.SERIES),
        (SAME_LONG_TEXT | {"hours_apart": None}, "other_numbers", EdgeKind.SERIES),
        (OTHER_NUMBERS | {"lead": of(38, 38, 40)}, "same_title", EdgeKind.REVISION),
        (OTHER_NUMBERS | {"lead": of(37, 37, 40)}, "other_numbers", EdgeKind.SERIES),
        (EDITED_TITLE | {"numbers": of(3, 5)}, "same_title", EdgeKind.REVISION),
        (EDITED_TITLE | {"numbers": of(6, 8)}, "same_title", EdgeKind.REVISION),
        (EDITED_TITLE | {"numbers": of(8, 11)}, "other_numbers", EdgeKind.SERIES),
        (EDITED_TITLE | {"numbers": of(5, 8)}, "other_numbers", EdgeKind.SERIES),
        (EDITED_TITLE | {"numbers": of(0, 1)}, "other_numbers", EdgeKind.SERIES),
        ({"numbers": of(0, 1), "body": of(90, 100), "title": of(9, 10)}, "same_title", EdgeKind.REVISION),
        (TEMPLATE | {"notice": "update", "numbers": of(1, 3), "shorter_words": 99}, "other_numbers", EdgeKind.SERIES),
        (TEMPLATE | {"notice": "update", "numbers": of(1, 2)}, "same_title", EdgeKind.REVISION),
        (TEMPLATE | {"notice": "update", "numbers": of(2, 4), "body": of(89, 100)}, "same_title", EdgeKind.REVISION),
        (TEMPLATE | {"notice": "update", "numbers": of(9, 19), "shorter_words": 40}, "other_numbers", EdgeKind.SERIES),
        ({"notice": "update", "numbers": of(0, 4)}, "same_title", EdgeKind.REVISION),
        ({"title": of(5, 10), "names": of(0, 10)}, "same_title", EdgeKind.DUPLICATE),
        ({"title": of(9, 19), "names": of(0, 10)}, "contained_copy", EdgeKind.DUPLICATE),
        (LONGER_UPDATE | {"longer_words": 197}, "announced", EdgeKind.REVISION),
        (LONGER_UPDATE, "contained_item", EdgeKind.PART_OF),
        (LONGER_UPDATE | {"lead": of(32, 40)}, "announced", EdgeKind.REVISION),
        (LONGER_UPDATE | {"lead": of(31, 40)}, "contained_item", EdgeKind.PART_OF),
        (ANNOUNCED | {"names": of(5, 9)}, "other_title", EdgeKind.SERIES),
        (ANNOUNCED | {"numbers": of(4, 7)}, "other_title", EdgeKind.SERIES),
        (RETITLED | {"body": of(63, 100)}, "retitled", EdgeKind.REVISION),
        (RETITLED | {"body": of(62, 100)}, "other_title", EdgeKind.SERIES),
        (RETITLED | {"body": of(63, 100), "names": of(8, 11)}, "other_title", EdgeKind.SERIES),
        (RETITLED | {"body": of(63, 100), "numbers": of(5, 7)}, "other_title", EdgeKind.SERIES),
        (RETITLED_LEAD, "retitled", EdgeKind.REVISION),
        (RETITLED_LEAD | {"names": of(8, 11)}, "other_title", EdgeKind.SERIES),
        (RETITLED_LEAD | {"numbers": of(5, 7)}, "other_title", EdgeKind.SERIES),
        (RETITLED_LEAD | {"lead": of(31, 40)}, "other_title", EdgeKind.SERIES),
        (RETITLED_LEAD | ROUNDUP | {"names": of(8, 10, 19)}, "other_title", EdgeKind.SERIES),
        (CONTAINED, "contained_copy", EdgeKind.EXCERPT),
        (CONTAINED | ROUNDUP, "contained_item", EdgeKind.PART_OF),
        (CONTAINED | ROUNDUP | {"longer_words": 197}, "contained_copy", EdgeKind.EXCERPT),
        (CONTAINED | ROUNDUP | {"headline_names": 1}, "contained_copy", EdgeKind.EXCERPT),
        (CONTAINED | ROUNDUP | {"headline_names": 1, "lead": of(31, 40)}, "contained_item", EdgeKind.PART_OF),
        (CONTAINED | ROUNDUP | {"recurring_names": 2}, "contained_copy", EdgeKind.EXCERPT),
        (CONTAINED | ROUNDUP | {"names": of(7, 10, 10), "recurring_names": 0}, "contained_copy", EdgeKind.EXCERPT),
        (CONTAINED | COMMENT, "contained_copy", EdgeKind.EXCERPT),
        (CONTAINED | COMMENT | {"names": of(7, 10, 29)}, "contained_item", EdgeKind.PART_OF),
        (CONTAINED | {"title": of(3, 8), "names": of(0, 0)}, "retitled", EdgeKind.EXCERPT),
        (CONTAINED | {"title": of(3, 9), "names": of(0, 0)}, "contained_item", EdgeKind.PART_OF),
        (CONTAINED | BRIEFS, "contained_item", EdgeKind.PART_OF),
        (CONTAINED | BRIEFS | {"headline_percent": 51}, "contained_copy", EdgeKind.EXCERPT),
        (CONTAINED | BRIEFS | {"recurring_names": 1}, "contained_copy", EdgeKind.EXCERPT),
        (CONTAINED | BRIEFS | {"title": of(4, 10)}, "contained_copy", EdgeKind.EXCERPT),
        (CONTAINED | BRIEFS | {"names": of(7, 10, 7)}, "contained_copy", EdgeKind.EXCERPT),
        (CONTAINED | {"body": of(79, 100, 150)}, "other_title", EdgeKind.SERIES),
    ],
)  # fmt: skip
def test_first_matching_rule_decides(changes: dict[str, Any], rule: str, kind: EdgeKind | None) -> None:
    assert classify_pair(replace(COPY, **changes), PROFILE) == (kind, rule)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"body": of(90, 95)}, EdgeKind.DUPLICATE),
        ({"body": of(90, 90, 101), "longer_words": 115}, EdgeKind.REVISION),
        ({"body": of(90, 90, 101), "longer_words": 116}, EdgeKind.EXCERPT),
        ({"body": of(80, 100, 200), "longer_words": 200}, EdgeKind.EXCERPT),
        ({"body": of(79, 100, 200), "longer_words": 200}, EdgeKind.REVISION),
        ({"notice": "correction"}, EdgeKind.REVISION),
    ],
)
def test_kind_of_a_copy(changes: dict[str, Any], kind: EdgeKind) -> None:
    assert classify_pair(replace(COPY, **changes), PROFILE) == (kind, "same_title")


def test_last_rule_applies_to_every_pair_and_all_have_reasons() -> None:
    assert RULES[-1].applies(COPY, PROFILE)
    assert all(rule.reason.endswith(".") for rule in RULES)
    assert {rule.name for rule in RULES} > TITLE_REFERENCE_RULES
