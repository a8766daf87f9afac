/** How calls of the firmware are named, all from the table of services. */
import { SERVICE_DESCRIPTIONS, type ServiceDescription } from './services';
import { hex2, hex4 } from './guest';

type ServiceNumber = Pick<ServiceDescription, 'interrupt' | 'service' | 'part'>;

/** `INT 13h AH=02h`; `INT 15h AX=E820h` where AL belongs to the number; `INT 11h`. */
export function serviceName({ interrupt, service, part }: ServiceNumber): string {
  if (service === undefined) return `INT ${hex2(interrupt)}`;
  return `INT ${hex2(interrupt)} ${part === undefined ? `AH=${hex2(service)}` : `AX=${hex4((service << 8) | part)}`}`;
}

const TITLES: ReadonlyMap<string, string> = new Map(
  SERVICE_DESCRIPTIONS.map((service) => [serviceName(service), service.title]),
);
const WITHOUT_NUMBER: ReadonlySet<number> = new Set(
  SERVICE_DESCRIPTIONS.flatMap(({ interrupt, service }) => (service === undefined ? [interrupt] : [])),
);
/** Those with AL in their number: interrupt and AH. */
const WITH_PART: ReadonlySet<number> = new Set(
  SERVICE_DESCRIPTIONS.flatMap(({ interrupt, service = 0, part }) =>
    part === undefined ? [] : [(interrupt << 8) | service],
  ),
);

/** The name of the call that AX makes by an interrupt, whether there is such a service or not. */
export function calledName(interrupt: number, ax: number): string {
  if (WITHOUT_NUMBER.has(interrupt)) return serviceName({ interrupt });
  const service = (ax >>> 8) & 0xff;
  return serviceName({
    interrupt,
    service,
    ...(WITH_PART.has((interrupt << 8) | service) ? { part: ax & 0xff } : {}),
  });
}

/** `INT 13h AH=02h (Read sectors)`: the name of a call with what it does, where that is known. */
export function withTitle(name: string): string {
  const title = TITLES.get(name);
  return title === undefined ? name : `${name} (${title})`;
}
