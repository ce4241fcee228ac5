import { describe, expect, it } from 'vitest';
import { createBreaker } from '../../../../src/lib/auth/refresh/breaker.ts';
import { createManualClock, seconds } from '../../../support/clock.ts';

function breaking() {
  const clock = createManualClock();
  return { clock, breaker: createBreaker(clock.now) };
}

describe('a breaker', () => {
  it('is closed at first', () => {
    const { breaker } = breaking();
    expect(breaker.isOpen()).toBe(false);
    expect([breaker.enter('dora'), breaker.enter('eve')]).toEqual([0, 0]);
  });

  it('opens at once when the app is refused', () => {
    const { breaker } = breaking();
    expect(breaker.refused('ada', true)).toBe(true);
    expect(breaker.isOpen()).toBe(true);
    expect(breaker.enter('dora')).toBe(15 * seconds);
  });

  it('opens for other refusals when three users have met them', () => {
    const { breaker } = breaking();
    expect(breaker.refused('ada', false)).toBe(false);
    expect(breaker.refused('bob', false)).toBe(false);
    expect(breaker.enter('dora')).toBe(0);
    expect(breaker.refused('cleo', false)).toBe(true);
    expect(breaker.enter('dora')).toBe(15 * seconds);
  });

  it('stays closed for one user, however often', () => {
    const { breaker } = breaking();
    for (let n = 0; n < 10; n++) expect(breaker.refused('ada', false)).toBe(false);
    expect(breaker.isOpen()).toBe(false);
  });

  it('keeps a user who alone was refused waiting for a minute, and nobody else', () => {
    const { clock, breaker } = breaking();
    breaker.refused('ada', false);
    expect([breaker.enter('ada'), breaker.enter('bob')]).toEqual([60 * seconds, 0]);
    clock.advance(20 * seconds);
    breaker.refused('bob', false);
    expect([breaker.enter('ada'), breaker.enter('bob')]).toEqual([40 * seconds, 60 * seconds]);
    clock.advance(40 * seconds);
    expect([breaker.enter('ada'), breaker.enter('bob')]).toEqual([0, 20 * seconds]);
  });

  it('has a user wait for a minute more who is refused again', () => {
    const { clock, breaker } = breaking();
    breaker.refused('ada', false);
    clock.advance(60 * seconds);
    expect(breaker.enter('ada')).toBe(0);
    breaker.refused('ada', false);
    expect(breaker.enter('ada')).toBe(60 * seconds);
  });

  it('stays closed when somebody has success in between', () => {
    const { breaker } = breaking();
    breaker.refused('ada', false);
    breaker.refused('bob', false);
    breaker.accepted();
    expect(breaker.refused('cleo', false)).toBe(false);
    expect(breaker.refused('ada', false)).toBe(false);
    expect(breaker.refused('bob', false)).toBe(true);
  });
});

describe('an open breaker', () => {
  function open() {
    const { clock, breaker } = breaking();
    breaker.refused('ada', true);
    return { clock, breaker };
  }

  it('tells how long it stays so', () => {
    const { clock, breaker } = open();
    clock.advance(14 * seconds);
    expect(breaker.enter('dora')).toBe(seconds);
  });

  it('lets one try each 15 s', () => {
    const { clock, breaker } = open();
    for (let n = 0; n < 3; n++) {
      clock.advance(15 * seconds);
      expect([breaker.enter('dora'), breaker.enter('eve')]).toEqual([0, 15 * seconds]);
      expect(breaker.isOpen()).toBe(true);
    }
  });

  it('may try with whoever was refused', () => {
    const { clock, breaker } = open();
    clock.advance(15 * seconds);
    expect(breaker.enter('ada')).toBe(0);
    expect(breaker.enter('bob')).toBe(15 * seconds);
  });

  it('stays open when the one is refused, for whatever the operator must mend', () => {
    const { clock, breaker } = open();
    clock.advance(15 * seconds);
    breaker.enter('dora');
    clock.advance(10 * seconds);
    expect(breaker.refused('ada', true)).toBe(true);
    expect(breaker.enter('dora')).toBe(15 * seconds);
    clock.advance(15 * seconds);
    breaker.enter('dora');
    expect(breaker.refused('bob', false)).toBe(true);
  });

  it('closes when the one is accepted, and forgets', () => {
    const { clock, breaker } = open();
    clock.advance(15 * seconds);
    breaker.enter('dora');
    breaker.accepted();
    expect(breaker.isOpen()).toBe(false);
    expect([breaker.enter('ada'), breaker.enter('bob')]).toEqual([0, 0]);
    expect(breaker.refused('bob', false)).toBe(false);
    expect(breaker.refused('cleo', false)).toBe(false);
  });
});
