import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decideRecall } from './incoming.ts';
import { guessAbbreviation, notationOf } from './notation.ts';
import { evolveRecipient, untouchedRecipient, type RecipientState } from './outgoing.ts';
import { searchQuery, searchTokens } from './search.ts';
import { incomingTransitions, nextOutgoing, outgoingStates, type IncomingState } from './states.ts';

test('S2.7 a number is given only between the leader’s signature and the seal', () => {
  assert.deepEqual(
    outgoingStates.filter((state) => nextOutgoing(state, 'number') !== undefined),
    ['leader-signed'],
  );
  assert.equal(nextOutgoing('leader-signed', 'number'), 'numbered');
  assert.deepEqual(
    outgoingStates.filter((state) => nextOutgoing(state, 'seal') !== undefined),
    ['numbered'],
  );
});

test('S2.8 a number that was given can be voided but never taken back', () => {
  assert.equal(nextOutgoing('numbered', 'return'), undefined);
  assert.equal(nextOutgoing('sealed', 'return'), undefined);
  assert.equal(nextOutgoing('numbered', 'void'), 'void');
});

test('notations are made as Decree 30 prints them', () => {
  assert.equal(notationOf(1600, { abbreviation: '' }, 'VPCP', 'KTTH').full, '1600/VPCP-KTTH');
  assert.equal(notationOf(12, { abbreviation: 'QĐ' }, 'BTTTT', 'PC').full, '12/QĐ-BTTTT');
  assert.equal(notationOf(7, { abbreviation: 'QĐ' }, 'BTTTT', '').full, '07/QĐ-BTTTT');
  assert.equal(guessAbbreviation('Sở Tài chính tỉnh Tây Ninh'), 'STC');
  assert.equal(guessAbbreviation('Ủy ban nhân dân tỉnh Tây Ninh'), 'UBND');
});

test('a receiver’s status moves forward only, whatever the order of arrival', () => {
  const path = ['01', '03', '04', '05', '06'];
  fc.assert(
    fc.property(fc.shuffledSubarray(path, { minLength: 1 }), (codes) => {
      const last = codes.reduce((state, code) => evolveRecipient(state, code, ''), untouchedRecipient);
      assert.equal(last.status, [...codes].sort().at(-1));
    }),
  );
});

test('S1.5 a refusal is overtaken by taking in the update, and not the other way round', () => {
  const refused = evolveRecipient(untouchedRecipient, '02', 'thiếu phụ lục 2');
  assert.deepEqual(refused, { status: '02', refusal: 'thiếu phụ lục 2', recall: null });
  const taken = evolveRecipient(refused, '03', '');
  assert.deepEqual(taken, { status: '03', refusal: null, recall: null });
  assert.equal(evolveRecipient(taken, '02', 'muộn'), taken);
});

test('S1.4 recall against work at the receiver: both sides end alike in 1,000 interleavings', () => {
  // The receiver handles its own steps and the recall in any order; its answers reach the sender in any order.
  const step = fc.constantFrom('register', 'direct', 'start-work', 'close', 'recall');
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      fc.infiniteStream(fc.nat()),
      (steps, clerkAgrees, order) => {
        let state: IncomingState = 'arrived';
        let before: IncomingState = 'arrived';
        const said: string[] = [];
        for (const wish of [...steps, 'recall', 'answer']) {
          const moves = incomingTransitions[state] as Partial<Record<string, IncomingState>>;
          if (wish === 'recall') {
            const outcome = decideRecall(state);
            if (outcome === 'take-back') {
              state = 'recalled-by-sender';
              said.push('15');
            } else if (outcome === 'ask-clerk') {
              if (state !== 'recall-requested') before = state;
              state = 'recall-requested';
            }
          } else if (wish === 'answer') {
            if (state === 'recall-requested') {
              state = clerkAgrees ? 'recalled-by-sender' : before;
              said.push(clerkAgrees ? '15' : '16');
            }
          } else if (moves[wish] !== undefined) {
            state = moves[wish];
            said.push({ register: '03', direct: '04', 'start-work': '05', close: '06' }[wish]!);
          }
        }
        const arriving = [...said];
        let sender: RecipientState = { ...untouchedRecipient, recall: 'requested' };
        while (arriving.length > 0) {
          const [code] = arriving.splice(order.next().value! % arriving.length, 1);
          sender = evolveRecipient(sender, code!, '');
        }
        assert.equal(sender.recall, state === 'recalled-by-sender' ? 'agreed' : 'declined');
      },
    ),
    { numRuns: 1_000 },
  );
});

test('search terms hold the words with and without marks and the notation in pieces', () => {
  const tokens = searchTokens(['Nghị định về hòa giải'], '2491/STC-BCTC');
  for (const token of ['nghi', '=nghị', 'hoa', '=hòa', '2491', 'stc', 'bctc', '/2491/stc-bctc'])
    assert.ok(tokens.includes(token), token);
  assert.equal(searchQuery('nghi dinh 30').exact, null);
  assert.equal(searchQuery('hoà giải').exact, "'=hòa' & '=giải'");
  assert.equal(searchQuery('2491 / STC').key, '2491/stc');
  assert.equal(searchQuery("a' | b").wanted, "'a' & 'b':*");
});
