/** Imported first: the guard stands before a subject is loaded, so that nothing can keep a clock or a random source of its own. */
import { installGuard } from '../sim/index.ts'

installGuard()
