"""Tells programs apart: from answers in bulk to differences that repeat, each shown on the smallest input found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from regen.experiments.comparing_allowance import Allowance
from regen.experiments.domain_answers import conforms
from regen.trust.answers import Likeness, cluster, is_breakdown, is_mistake, numbered, splitting
from regen.trust.evidence import AnswerGroup, Disagreement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from regen.experiments.comparing_inputs import Case, Feed
    from regen.experiments.conversation import Conversation

TOO_LONG = "takes too long"
UNSTEADY = "differs from call to call"
_PATIENT_SECONDS = 2.0
_TRIES = 8
_SHRINK_ROUNDS = 30
_SHRINK_SECONDS = 6.0
_LATE_TRIES = 2
_MOST_WITNESSES = 5
_MOST_UNFIT = 3


class Patience(Protocol):
    """How long programs may take."""

    @property
    def seconds(self) -> float: ...
    @property
    def program_seconds(self) -> float: ...
    @property
    def most_seconds(self) -> float: ...


class Splitter:
    """Keeps which programs are still together; each feed may set some apart.

    It has `most_seconds` of processor time from the start: then inputs are no longer made smaller, and no further feed
    is asked.
    """

    def __init__(
        self, names: Sequence[str], bulk: Conversation, fresh: Conversation, likeness: Likeness, patience: Patience,
        options: Mapping[str, bool],
    ) -> None:  # fmt: skip
        self._names, self._bulk, self._fresh = list(names), bulk, fresh
        self._likeness, self._patience, self._options = likeness, patience, options
        self._groups: list[tuple[str, ...]] = [tuple(names)]
        self._allowance = Allowance(patience.most_seconds, bulk, fresh)
        self.disagreements: list[Disagreement] = []
        self.failing: Disagreement | None = None
        self.unfit: list[Disagreement] = []
        self.answered = dict.fromkeys(names, 0)

    def clusters(self) -> tuple[tuple[str, ...], ...]:
        """Return who agreed with whom so far, the largest cluster first."""
        return tuple(sorted(self._groups, key=lambda group: (-len(group), self._names.index(group[0]))))

    @property
    def is_late(self) -> bool:
        return not self._allowance.left

    def feed(self, feed: Feed) -> None:
        """Ask all programs the feed's inputs and set those apart that differ."""
        if not feed.cases:
            return
        rows = self._rows(feed.cases)
        self._note_failing(rows, feed)
        self._note_unfit(rows, feed)
        self._forget_slow(rows, feed.cases)
        for name, row in rows.items():
            self.answered[name] += sum(answer is not None for answer in row)
        groups: list[tuple[str, ...]] = []
        for group in self._groups:
            clusters = cluster({name: rows[name] for name in group}, self._likeness)
            groups += self._split(clusters, rows, feed)
        self._groups = groups

    def _note_failing(self, rows: Mapping[str, Sequence[str | None]], feed: Feed) -> None:
        """Note the first feed's smallest input on which every program fails by mistake, or takes too long."""
        for fails in (_fails, self._hangs):
            places = [place for place, case in enumerate(feed.cases)
                      if all(fails(row[place], case) for row in rows.values())]  # fmt: skip
            if not places or self.failing is not None:
                continue
            case = feed.cases[min(places, key=lambda place: feed.cases[place].size())]
            parts = self._told_apart(case, {name: (name,) for name in self._names})
            if all(_fails(answer, case) for answer, _ in parts):
                groups = tuple(AnswerGroup(answer=answer, candidates=tuple(names)) for answer, names in parts)
                self.failing = Disagreement(call=case.call(), groups=groups, setup=case.setup())

    def _hangs(self, answer: str | None, case: Case) -> bool:
        """Say whether a program takes too long; of many that is not asked, for each takes that long again."""
        is_asked = len(self._names) <= _MOST_WITNESSES and not self.is_late and not case.large
        return is_asked and (answer == TOO_LONG or _fails(answer, case))

    def _note_unfit(self, rows: Mapping[str, Sequence[str | None]], feed: Feed) -> None:
        """Note inputs to which programs answer with another type than declared, each program at least once."""
        unfit = {name: {place for place, case in enumerate(feed.cases) if self._is_unfit(row[place], case)}
                 for name, row in rows.items()}  # fmt: skip
        while any(unfit.values()) and len(self.unfit) < _MOST_UNFIT:
            place = max(
                range(len(feed.cases)), key=lambda place: (sum(place in each for each in unfit.values()), -place)
            )
            names = [name for name in unfit if place in unfit[name]]
            case = feed.cases[place]
            told = self._ask(self._fresh, names, case, times=1)
            found: dict[str, list[str]] = {}
            for name in names:
                unfit[name] = set()
                if told[name] and self._is_unfit(told[name][0], case):
                    found.setdefault(told[name][0], []).append(name)
            groups = sorted(found.items(), key=lambda pair: -len(pair[1]))
            if groups:
                shown = tuple(AnswerGroup(answer=answer, candidates=tuple(who)) for answer, who in groups)
                self.unfit.append(Disagreement(call=case.call(), groups=shown, setup=case.setup()))

    def _is_unfit(self, answer: str | None, case: Case) -> bool:
        return answer is not None and not conforms(answer, case.steps[-1].entry.returns)

    def _rows(self, cases: Sequence[Case]) -> dict[str, list[str | None]]:
        large_from = next((place for place, case in enumerate(cases) if case.large), len(cases))
        told = self._bulk.ask(
            self._names, [case.asked() for case in cases], seconds=self._patience.seconds, large_from=large_from,
            program_seconds=self._patience.program_seconds, all_seconds=self._allowance.left, options=self._options,
        )  # fmt: skip
        rows: dict[str, list[str | None]] = {}
        for name in self._names:
            unloaded = told[name]["unloaded"]
            rows[name] = [f"can't be loaded: {unloaded}" if unloaded else answer and answer[0]
                          for answer in told[name]["answers"]]  # fmt: skip
        return rows

    def _forget_slow(self, rows: dict[str, list[str | None]], cases: Sequence[Case]) -> None:
        """Take back answers for want of time where nobody has another, and where the input is large."""
        for place, case in enumerate(cases):
            if case.large or all(row[place] in (None, TOO_LONG) for row in rows.values()):
                for row in rows.values():
                    row[place] = None if row[place] == TOO_LONG else row[place]

    def _ask(self, conversation: Conversation, names: Sequence[str], case: Case, *, times: int) -> dict[str, list[str]]:
        """Return the answers to one input of fresh processes with time enough."""
        told = conversation.ask(
            names, [case.asked()], times=times, seconds=_PATIENT_SECONDS, program_seconds=10 * _PATIENT_SECONDS,
            options=self._options,
        )  # fmt: skip
        return {
            name: [f"can't be loaded: {each['unloaded']}"] if each["unloaded"] else each["answers"][0] or []
            for name, each in told.items()
        }

    def _split(
        self, clusters: Sequence[tuple[str, ...]], rows: Mapping[str, list[str | None]], feed: Feed
    ) -> list[tuple[str, ...]]:
        """Return the clusters, those put together again whose difference does not repeat."""
        if len(clusters) <= 1:
            return list(clusters)
        speakers = {members[0]: members for members in clusters}
        weights = {name: len(members) for name, members in speakers.items()}
        classes = numbered({name: rows[name] for name in speakers}, self._likeness)
        sizes = [case.size() for case in feed.cases]
        for number, place in enumerate(splitting(classes, sizes, weights)[:_TRIES]):
            if self.is_late and number >= _LATE_TRIES:
                break
            case = self._shrunk(feed, place, classes, weights)
            for each in (case, feed.cases[place]):
                parts = self._told_apart(each, speakers)
                if len(parts) > 1:
                    self._show(each, speakers, parts)
                    return [
                        group
                        for _, names in parts
                        for group in self._split([speakers[name] for name in names], rows, feed)
                    ]
        return [tuple(name for name in self._names if any(name in members for members in clusters))]

    def _told_apart(self, case: Case, speakers: Mapping[str, tuple[str, ...]]) -> list[tuple[str, list[str]]]:
        """Return the answers of fresh processes, each with who gives it; who gives none is with the most."""
        names = list(speakers)
        first = self._ask(self._bulk, names, case, times=1)
        again = [name for name in names if first[name] != [TOO_LONG]]  # who hangs has shown it twice by now
        second = self._ask(self._fresh, again, case, times=2) if again else {}
        answers = {name: self._steady([*first[name], *second.get(name, ())]) for name in names}
        parts: list[tuple[str, list[str]]] = []
        for name, answer in answers.items():
            if answer is None:
                continue
            same = next((members for seen, members in parts if self._likeness.alike(seen, answer)), None)
            if same is None:
                parts.append((answer, [name]))
            else:
                same.append(name)
        parts.sort(key=lambda part: -sum(len(speakers[name]) for name in part[1]))
        if parts:
            parts[0][1].extend(name for name, answer in answers.items() if answer is None)
        return parts

    def _steady(self, answers: Sequence[str]) -> str | None:
        if not answers:
            return None
        if any(answer == TOO_LONG for answer in answers):
            return _slow() if all(answer == TOO_LONG for answer in answers) else None
        return answers[0] if all(self._likeness.alike(answers[0], each) for each in answers) else UNSTEADY

    def _show(
        self, case: Case, speakers: Mapping[str, tuple[str, ...]], parts: Sequence[tuple[str, list[str]]]
    ) -> None:
        groups = [
            AnswerGroup(
                answer=answer,
                candidates=tuple(sorted((m for name in names for m in speakers[name]), key=self._names.index)),
            )
            for answer, names in parts
        ]
        groups.sort(key=lambda group: -len(group.candidates))
        self.disagreements.append(Disagreement(call=case.call(), groups=tuple(groups), setup=case.setup()))

    def _shrunk(
        self, feed: Feed, place: int, classes: Mapping[str, Sequence[int | None]], weights: Mapping[str, int]
    ) -> Case:
        """Return the smallest case found on which the heaviest two that differ here still do."""
        heaviest = sorted((name for name in classes if classes[name][place] is not None), key=lambda n: -weights[n])
        one = heaviest[0]
        other = next(name for name in heaviest if classes[name][place] != classes[one][place])
        case, reserve = feed.cases[place], self._allowance.left - _SHRINK_SECONDS
        for _ in range(_SHRINK_ROUNDS):
            if self._allowance.left <= max(reserve, 0.0):
                break
            tries = feed.gate.allowed(case.smaller())
            found = self._first_apart(one, other, tries)
            if found is None:
                break
            case = found
        return case

    def _first_apart(self, one: str, other: str, cases: Sequence[Case]) -> Case | None:
        if not cases:
            return None
        told = self._bulk.ask(
            [one, other], [case.asked() for case in cases], seconds=self._patience.seconds,
            program_seconds=self._patience.program_seconds, options=self._options,
        )  # fmt: skip
        for case, first, second in zip(cases, told[one]["answers"], told[other]["answers"], strict=True):
            if first and second and not self._likeness.alike(first[0], second[0]):
                return case
        return None


def _fails(answer: str | None, _: Case) -> bool:
    return answer is not None and (is_mistake(answer) or is_breakdown(answer))


def _slow() -> str:
    return f"takes longer than {_PATIENT_SECONDS:g} s"
