import assert from "node:assert";
import { test } from "node:test";

import { mostFrequent, table } from "../../src/report.js";

// @req FR-003
test("ten entries are the most where no limit is given", () => {
  const text = "a b c d e f g h i j k l";
  assert.strictEqual(mostFrequent(text).length, 10);
  assert.strictEqual(mostFrequent(text, { limit: undefined }).length, 10);
  assert.strictEqual(mostFrequent(text, { limit: 100 }).length, 12);
});

test("names that objects have are words as any others", () => {
  assert.deepStrictEqual(mostFrequent("constructor toString constructor"), [
    { word: "constructor", count: 2, share: 0.667 },
    { word: "tostring", count: 1, share: 0.333 },
  ]);
});

// @req FR-001
test("a text without words has no entries", () => {
  assert.deepStrictEqual(mostFrequent("…"), []);
});

// @req FR-010, FR-012
test("the limit is checked, and before the text", () => {
  for (const limit of [1.5, NaN, "3", -1, null]) {
    assert.throws(() => mostFrequent(7, { limit }), {
      name: "RangeError",
      message: `limit must be a whole number from 1, not ${limit}`,
    });
  }
});

// @req FR-011
test("a text that is no string is refused as words refuses it", () => {
  assert.throws(() => mostFrequent(7), { name: "TypeError", message: "text must be a string, not number" });
});

// @req FR-005
test("a share of exactly a tenth is shown, halves are rounded up", () => {
  const entries = [
    { word: "a", count: 100, share: 0.125 },
    { word: "b", count: 7, share: 0.1 },
    { word: "c", count: 7, share: 0.099 },
  ];
  assert.strictEqual(table(entries), "100  a  13%\n  7  b  10%\n  7  c");
});

test("nothing that is given is changed", () => {
  const ignore = Object.freeze(["The"]);
  const options = Object.freeze({ ignore, limit: 3 });
  mostFrequent("the cat the dog", options);
  const entries = Object.freeze([Object.freeze({ word: "a", count: 1, share: 1 })]);
  assert.strictEqual(table(entries), "1  a  100%");
});
