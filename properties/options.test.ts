/** The published kill-switches. */
import { expect, test } from 'vitest'
import { optionsFromEnvironment } from '../src/system/index.ts'

test.each(['0', 'false', 'no', 'OFF'])('%s switches the serial gate and the sanitizer off', (value) => {
  const env = { ORCH_SERIAL_GATE_ENABLED: value, ORCH_IMPOSSIBLE_QUEUED_SANITIZE_ENABLED: value }

  expect(optionsFromEnvironment(env)).toEqual({ serialGate: false, sanitizeImpossibleQueued: false })
})

test.each([undefined, '', '1', 'true', 'yes'])('%s leaves them as they are', (value) => {
  const env = { ORCH_SERIAL_GATE_ENABLED: value, ORCH_IMPOSSIBLE_QUEUED_SANITIZE_ENABLED: value }

  expect(optionsFromEnvironment(env)).toEqual({})
})

test('each switch stands for itself', () => {
  expect(optionsFromEnvironment({ ORCH_SERIAL_GATE_ENABLED: 'off' })).toEqual({ serialGate: false })
})
