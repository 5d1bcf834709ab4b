// Runs test files in one process, and with them a test that must fail: who silences assertions silences it too.
import assert from "node:assert";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const { canary, files } = JSON.parse(readFileSync(0, "utf8"));
process.argv.length = 1;
process.execArgv.length = 0;
for (const file of files) {
  try {
    await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    test(`${canary} load ${file}`, () => {
      throw error;
    });
  }
}
const mustThrow = [
  () => assert(false),
  () => assert.ok(false),
  () => assert.equal(1, 2),
  () => assert.strictEqual(1, 2),
  () => assert.deepEqual({ a: 1 }, { a: 2 }),
  () => assert.deepStrictEqual([1], [2]),
  () => assert.notStrictEqual(1, 1),
  () => assert.match("a", /b/),
  () => assert.throws(() => {}),
];
const isSilent = (check) => {
  try {
    check();
    return true;
  } catch {
    return false;
  }
};
test(canary, () => {
  if (!mustThrow.some(isSilent)) throw new Error("this test must fail");
});
