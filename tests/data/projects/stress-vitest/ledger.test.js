import fs from 'node:fs';
import { describe, expect, test } from 'vitest';

function count(name) {
  const number = (fs.existsSync(name) ? Number(fs.readFileSync(name, 'utf8')) : 0) + 1;
  fs.writeFileSync(name, String(number));
  return number;
}

let opened = false;

describe('ledger', () => {
  test('fails every third (time) + $1', () => {
    if (count('third.count') % 3 === 0) throw new Error('the balance is wrong');
  });
  test('is fine', () => { opened = true; });
  test('needs is fine', () => { expect(opened).toBe(true); });
  test.skip('is skipped', () => {});
});
