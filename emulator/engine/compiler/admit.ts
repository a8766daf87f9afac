/**
 * The function that regions ask for an access that they were not granted: one beside what is marked in its page is let
 * through at once (memory/tlb), as the interpreter does; a routine may know of others; of anything else the host is asked.
 */
import { ASKED } from '../../memory/access';
import { CPU_BASE, FRAMES, PAGE_MASK, PAGE_SIZE, RUN_TLB, TLB_ENTRIES } from '../../memory/layout';
import { MARKED, TLB_ADDEND, TLB_MAP, TLB_READ, TLB_WRITE } from '../../memory/tlb';
import { FunctionWriter } from '../wasm/function-writer';
import type { FunctionBody } from '../wasm/module';

/**
 * (address, what) -> whether the access may go straight to memory. `host`: the function that asks the host; `routine`: one that
 * is asked before it, but for memory in place.
 */
export function admitFunction(host: number, routine: number | undefined): FunctionBody {
  const f = new FunctionWriter('admit', ['address', 'what'], 1);
  f.locals('i32', 'entry', 'bytes');
  const asksHost = () => f.do('call', ['address', 'what'], host);
  f.set(
    'entry',
    f.op(
      'i32.add',
      f.op('i32.add', CPU_BASE, f.word(CPU_BASE, RUN_TLB)),
      f.op('i32.and', f.op('i32.shr_u', 'address', 12 - 5), (TLB_ENTRIES - 1) << 5),
    ),
  );
  f.set('bytes', f.op('i32.and', 'what', ASKED.BYTES));
  const lastPage = f.op('i32.and', f.op('i32.sub', f.op('i32.add', 'address', 'bytes'), 1), -PAGE_SIZE);
  const writes = f.op('i32.ne', f.op('i32.and', 'what', ASKED.WRITE), 0);
  const tag = f.op('i32.add', 'entry', f.op('i32.add', TLB_READ, f.op('i32.mul', writes, TLB_WRITE - TLB_READ)));
  f.if(f.op('i32.eq', f.word(tag), f.op('i32.or', lastPage, MARKED)), () => {
    const place = f.op('i32.shr_u', f.op('i32.and', 'address', PAGE_MASK), 3);
    const marks = f.op(
      'i32.and',
      f.op('i32.shr_u', f.word(f.op('i32.add', f.word('entry', TLB_MAP), place)), f.op('i32.and', 'address', 7)),
      f.op('i32.sub', f.op('i32.shl', 1, 'bytes'), 1),
    );
    const misplaced = f.op(
      'i32.and',
      f.op('i32.ne', f.op('i32.and', 'what', ASKED.IN_PLACE), 0),
      f.op('i32.ne', f.word('entry', TLB_ADDEND), FRAMES),
    );
    f.if(f.op('i32.eqz', f.op('i32.or', marks, misplaced)), () => f.return(1));
  });
  if (routine !== undefined)
    f.if(f.op('i32.eqz', f.op('i32.and', 'what', ASKED.IN_PLACE)), () =>
      f.if(
        () => f.do('call', ['address', 'what'], routine),
        () => f.return(1),
      ),
    );
  return f.finish(asksHost);
}
