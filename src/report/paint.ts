/** How a report asks for emphasis. Whoever prints decides what becomes of it: colour on a terminal, nothing elsewhere. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'
export type Paint = (style: Style, text: string) => string

export const plain: Paint = (_, text) => text
