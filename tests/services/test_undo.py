from __future__ import annotations

import pytest

from studio.core.errors import StorageError
from studio.services.undo import KEPT, UndoStack


class Book:
    """Remembers what was taken back."""

    def __init__(self, stack: UndoStack) -> None:
        self.taken: list[str] = []
        self._stack = stack

    def do(self, label: str) -> str:
        async def take_back() -> None:
            self.taken.append(label)

        return self._stack.push(label, take_back).id


async def test_the_newest_step_goes_first_and_an_empty_stack_says_so() -> None:
    stack = UndoStack()
    book = Book(stack)
    book.do("one")
    book.do("two")
    assert [await stack.undo(), await stack.undo(), await stack.undo()] == ["two", "one", ""]
    assert book.taken == ["two", "one"]


async def test_a_step_out_of_its_turn_is_taken_back_once() -> None:
    stack = UndoStack()
    book = Book(stack)
    first = book.do("one")
    book.do("two")
    await stack.undo_step(first)
    await stack.undo_step(first)
    assert book.taken == ["one"]
    assert stack.next_label == "two"


async def test_what_could_not_be_taken_back_stays() -> None:
    stack = UndoStack()
    broken = True

    async def take_back() -> None:
        if broken:
            raise StorageError("The disk is full.")

    stack.push("one", take_back)
    with pytest.raises(StorageError):
        await stack.undo()
    assert stack.next_label == "one"
    broken = False
    assert await stack.undo() == "one"


async def test_the_oldest_steps_are_forgotten() -> None:
    stack = UndoStack()
    book = Book(stack)
    for number in range(KEPT + 1):
        book.do(str(number))
    while await stack.undo():
        pass
    assert book.taken[-1] == "1"
    assert len(book.taken) == KEPT
