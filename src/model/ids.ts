/** Branded ids, so that one cannot be passed for another. Row ids are never reused (AUTOINCREMENT). */
declare const brand: unique symbol
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name }

export type JobId = Branded<number, 'JobId'>
export type RunId = Branded<number, 'RunId'>
export type LifeId = Branded<number, 'LifeId'>
export type Pid = Branded<number, 'Pid'>
/** What a container engine calls one of its containers; never used again. */
export type ContainerId = Branded<string, 'ContainerId'>

/** What a claim writes into `jobs.fence`: the id of the run that it opened, so it is never reused either. */
export type Fence = RunId
