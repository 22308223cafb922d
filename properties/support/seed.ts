/** The seed of this test run: a number or a commit hash in STRANDLINE_SEED, so that CI explores anew with every commit. */
const given = process.env.STRANDLINE_SEED?.trim() || '20260101'

/** For campaigns, which take any text. */
export const seedText = given

/** For fast-check and others that want a 32-bit integer. */
export const seedNumber = /^\d{1,9}$/.test(given) ? Number(given) : Number.parseInt(given.slice(0, 8), 16) | 0

if (Number.isNaN(seedNumber)) throw new Error(`STRANDLINE_SEED must be a number or a commit hash, not '${given}'`)
