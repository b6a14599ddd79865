import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, it, test } from 'node:test';

function count(name) {
  const number = (fs.existsSync(name) ? Number(fs.readFileSync(name, 'utf8')) : 0) + 1;
  fs.writeFileSync(name, String(number));
  return number;
}

let opened = false;

test('ledger', async (t) => {
  await t.test('fails every third (time) > + $1', () => {
    if (count('third.count') % 3 === 0) throw new Error('the balance is wrong');
  });
});

describe('book', () => {
  it('is fine', () => { opened = true; });
  it('needs is fine', () => assert.ok(opened));
  it.skip('is skipped', () => {});
  describe('that is open', () => {
    it('fails every third "time"', () => {
      if (count('nested.count') % 3 === 0) assert.equal(1, 2, 'the book is wrong');
    });
  });
});
