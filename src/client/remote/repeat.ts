/** Which messages may be sent twice, if nobody knows whether the first was read. */
import { L, O } from '../../protocol/index.ts';
import type { Question } from '../connection/call.ts';
import { changesNothing } from './plan9-stat.ts';

/** `plain`: if the file keeps what is written where it is written, and does nothing else with it. */
export type Repetition = 'always' | 'plain' | 'never';

export function repetition(question: Question): Repetition {
  switch (question.type) {
    case 'Twalk':
    case 'Tgetattr':
    case 'Tstat':
    case 'Tstatfs':
    case 'Treadlink':
    case 'Treaddir':
    case 'Tread':
    case 'Tgetlock':
    case 'Tlock':
    case 'Tfsync':
    case 'Txattrwalk':
      return 'always';
    case 'Topen':
      return (question.mode & (O.TRUNC | O.RCLOSE)) === 0 ? 'always' : 'never';
    case 'Tlopen':
      return (question.flags & L.TRUNC) === 0 ? 'always' : 'never';
    case 'Twstat':
      return changesNothing(question.stat) ? 'always' : 'never';
    case 'Twrite':
      return 'plain';
    default:
      return 'never';
  }
}
