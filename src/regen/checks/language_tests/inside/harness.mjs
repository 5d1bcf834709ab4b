// Runs test files in one process, and with them a test that must fail: who silences assertions silences it too.
import assert from "node:assert";
import strict from "node:assert/strict";
import { EventEmitter } from "node:events";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { take } from "./REPORTER";

const { canary, files } = take();
process.argv.length = 1;
process.execArgv.length = 0;

const { defineProperty, getOwnPropertyDescriptor } = Object;
/** Keeps what an object can do as it is; objects that inherit from it may still have members of their own. */
const lock = (owner, isInherited) => {
  for (const key of Reflect.ownKeys(owner)) {
    const { value, configurable } = getOwnPropertyDescriptor(owner, key);
    if (typeof value !== "function" || !configurable || key === "constructor") continue;
    if (!isInherited) {
      defineProperty(owner, key, { value, writable: false, configurable: false });
      continue;
    }
    const get = () => value;
    const set = function (other) {
      if (this === owner) throw new TypeError(`${String(key)} can't be replaced while tests run`);
      defineProperty(this, key, { value: other, writable: true, configurable: true, enumerable: true });
    };
    defineProperty(owner, key, { get, set, configurable: false });
  }
};
lock(JSON, false);
for (const each of new Set([assert, strict])) {
  lock(each, false);
  for (const member of Object.values(each)) {
    if (typeof member !== "function") continue;
    if (member.prototype) Object.freeze(member.prototype);
    if (member !== assert && member !== strict) Object.freeze(member);
  }
}
lock(Readable.prototype, true); // the results come by a stream
lock(EventEmitter.prototype, true);
Object.preventExtensions(Object.prototype);

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
