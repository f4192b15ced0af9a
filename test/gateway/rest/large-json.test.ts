import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseLargeJson } from '../../../gateway/rest/large-json.ts';
import { InvalidJson, parseStrictJson } from '../../../gateway/strict-json.ts';

const limit = { maxDepth: 50 };
const value = fc.jsonValue({ maxDepth: 3 });
const object = fc.dictionary(fc.string(), value, { maxKeys: 3 });
const body = fc.oneof(
  fc.dictionary(fc.string(), fc.oneof(fc.array(object), fc.array(value), value), { maxKeys: 4 }),
  value,
);

async function outcomeOf(parse: () => unknown): Promise<unknown> {
  try {
    return { value: await parse() };
  } catch (error) {
    assert.ok(error instanceof InvalidJson, String(error));
    return 'refused';
  }
}

describe('parseLargeJson', () => {
  test('reads what parseStrictJson reads', async () => {
    await fc.assert(
      fc.asyncProperty(body, fc.nat(2), async (json, spaces) => {
        const bytes = Buffer.from(JSON.stringify(json, undefined, spaces));
        assert.deepEqual(
          await outcomeOf(() => parseLargeJson(bytes, limit)),
          await outcomeOf(() => parseStrictJson(bytes, limit)),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('refuses what parseStrictJson refuses: texts with a character more, less or another', async () => {
    const broken = fc.tuple(
      body,
      fc.nat(),
      fc.constantFrom('', '{', '}', '[', ']', '"', ',', ':', '1', 'null', '\\'),
      fc.nat(2),
    );
    await fc.assert(
      fc.asyncProperty(broken, async ([json, place, mark, gone]) => {
        const text = JSON.stringify(json);
        const at = place % (text.length + 1);
        const bytes = Buffer.from(text.slice(0, at) + mark + text.slice(at + gone));
        const expected = await outcomeOf(() => parseStrictJson(bytes, limit));
        assert.deepEqual(await outcomeOf(() => parseLargeJson(bytes, limit)), expected);
      }),
      { numRuns: 2000 },
    );
  });

  test('lets others have their turn', async () => {
    const documents = Array.from({ length: 60_000 }, (_, at) => ({
      _id: at,
      text: 'x'.repeat(100),
      list: [1, 2, { a: 1 }],
    }));
    const bytes = Buffer.from(JSON.stringify({ documents, ordered: true }));
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const read = (await parseLargeJson(bytes, limit)) as { documents: object[] };
    clearInterval(timer);
    assert.deepEqual(read.documents[59_999], documents[59_999]);
    assert.ok(turns >= 3, `${turns} turns`);
  });
});
