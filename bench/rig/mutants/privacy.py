"""Mutants of people's data: what goes wrong when somebody is forgotten, asked, or joined twice."""

from bench.rig.breaking import replace, rewrite
from bench.rig.mutants import mutant
from loyalty.flows import consent, erase, keeping, merge, taking_back
from loyalty.ledger import book, moving, posting, remarks
from loyalty.merchants import requests, trail
from members import consents, finding

ALL_OF_IT = "tests/flows/test_erase_everything.py::test_nothing_is_left_of_who_was_forgotten"
ERASE = "tests/flows/test_erase.py"
MERGE = "tests/flows/test_merge.py"
CONSENT = "tests/members/test_consents.py"


@mutant(caught_by=ALL_OF_IT)
def erase_forgets_the_letters() -> None:
    """Who is forgotten is still in the letters that were written to them."""
    rewrite(erase._forget, "Message.objects", "Message.objects.none()")


@mutant(caught_by=ALL_OF_IT)
def erase_forgets_the_remarks() -> None:
    """What staff wrote beside somebody's points outlives them."""
    rewrite(erase._forget, "Remark.objects", "Remark.objects.none()")


@mutant(caught_by=ALL_OF_IT)
def erase_forgets_the_trail() -> None:
    """What was changed of somebody is still told by the trail."""
    replace(trail, "forget", lambda _program, _subjects: None)


@mutant(caught_by="tests/api/test_forgotten.py")
def erase_forgets_the_answers() -> None:
    """A retry of the request that enrolled somebody tells of them again."""
    replace(requests, "make_nobodys", lambda _program, _ids: None)


@mutant(caught_by=f"{ERASE}::test_what_they_had_is_forfeited_as_points_that_nobody_used")
def erase_leaves_the_points() -> None:
    """Points of nobody stay outstanding."""
    replace(posting, "forfeit", lambda _book, _of, **_told: None)


@mutant(caught_by="tests/flows/test_words_of_people.py")
def reasons_are_in_entries() -> None:
    """What staff write is in the entry itself, which never changes."""
    replace(remarks, "apart", lambda steps: (list(steps), ""))


@mutant(caught_by=f"{ERASE}::test_whoever_asks_leaves_at_once_and_is_forgotten_in_two_weeks")
def erase_does_not_wait() -> None:
    """Who asks to be forgotten has no time to think again."""
    rewrite(erase.ask, "now + GRACE", "now")


@mutant(
    caught_by="tests/flows/test_keeping.py::test_an_address_is_kept_as_long_as_a_sale_can_be_claimed_by_it"
)
def addresses_go_a_day_early() -> None:
    """The address of a sale goes on the last day on which it can be claimed."""
    rewrite(keeping._drop_contacts, "made_on__lt", "made_on__lte")


@mutant(caught_by=f"{CONSENT}::test_joining_alone_is_no_yes")
def joining_is_a_yes() -> None:
    """Whoever joins is taken to have agreed to greetings and offers."""
    rewrite(consents._assumed, "PURPOSES[purpose].is_assumed", "True")


@mutant(caught_by=f"{CONSENT}::test_the_history_stays")
def consent_has_no_history() -> None:
    """A new answer takes the place of those before it."""
    rewrite(
        consents.write_down, "before = chosen_by(member)",
        "before = chosen_by(member); Consent.objects.filter(member=member).delete()",
    )  # fmt: skip


@mutant(caught_by=f"{MERGE}::test_what_one_owes_the_other_pays")
def merge_drops_debts() -> None:
    """What one of the two owes is forgotten when they become one."""
    rewrite(moving._empty, "if of.owed:", "if False:", "def _empty", "def _empty")


@mutant(caught_by=f"{MERGE}::test_each_lot_comes_along_with_its_own_expiry")
def merged_points_never_expire() -> None:
    """Points that come along lose the day on which they expire."""
    rewrite(moving._move, "expires_on=share.expires_on", "expires_on=None")


@mutant(caught_by=f"{MERGE}::test_a_refund_of_an_old_sale_takes_from_the_lot_it_had_made")
def merged_lots_are_not_found() -> None:
    """A refund of an old sale takes any points, not those that the sale had given."""
    replace(moving, "_fetch", lambda _book, _share, _points: 0)


@mutant(caught_by=f"{MERGE}::test_twice_is_once_either_way")
def merge_is_undone_twice() -> None:
    """Undoing a merge again takes the points again."""
    rewrite(merge.part, "if done.undone_at:", "if False:")


@mutant(
    caught_by=f"{MERGE}::test_they_cannot_part_when_too_much_is_spent_and_the_sentence_says_how_much"
)
def merge_is_undone_into_debt() -> None:
    """Undoing a merge leaves a debt with whoever spent what had come along."""
    rewrite(
        merge._bring_points_back,
        "if missing :=",
        "if False and (missing :=",
        "merged.account_id, kept.account_id):",
        "merged.account_id, kept.account_id)):",
    )


@mutant(caught_by=f"{MERGE}::test_old_cards_and_addresses_find_the_survivor")
def old_cards_find_the_old_account() -> None:
    """The card of a membership that became part finds what is empty now."""
    for field, query in list(finding._FIND.items()):
        finding._FIND[field] = query.replace("now.account_id, member", "member.account_id, member")


@mutant(caught_by=f"{MERGE}::test_a_refund_meanwhile_is_taken_from_the_day_of_both")
def refunds_count_for_one_of_two() -> None:
    """A refund after a merge is taken from the day of the old account alone."""
    replace(book.Book, "holder_of", lambda _book, account_id: account_id)


@mutant(caught_by=f"{CONSENT}::test_staff_write_down_what_they_were_told_and_it_is_on_record")
def consent_is_nobodys() -> None:
    """A yes that staff wrote down does not say who did."""
    replace(consent, "_named", lambda _by: "")


@mutant(caught_by=f"{ERASE}::test_a_refund_told_later_of_what_was_spent_is_borne_by_the_shop")
def nobody_owes() -> None:
    """A refund after somebody was forgotten leaves a debt that nobody can pay."""
    rewrite(
        taking_back.TakingBack._is_borne,
        "or account_id is None or account_id not in self.standings",
        "",
    )
