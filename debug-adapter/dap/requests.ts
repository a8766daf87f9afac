/** Every request that the adapter knows, with the type of its answer, and how a handler is declared. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type * as v from 'valibot';
import type { CustomResponses } from '../protocol/messages';
import type { Order } from './request-queue';

/** Bodies of the protocol's answers by command. */
export interface StandardResponses {
  readonly attach: DebugProtocol.AttachResponse['body'];
  readonly breakpointLocations: DebugProtocol.BreakpointLocationsResponse['body'];
  readonly cancel: undefined;
  readonly completions: DebugProtocol.CompletionsResponse['body'];
  readonly configurationDone: undefined;
  readonly continue: DebugProtocol.ContinueResponse['body'];
  readonly disassemble: NonNullable<DebugProtocol.DisassembleResponse['body']>;
  readonly disconnect: undefined;
  readonly evaluate: DebugProtocol.EvaluateResponse['body'];
  readonly exceptionInfo: DebugProtocol.ExceptionInfoResponse['body'];
  readonly goto: undefined;
  readonly gotoTargets: DebugProtocol.GotoTargetsResponse['body'];
  readonly initialize: NonNullable<DebugProtocol.InitializeResponse['body']>;
  readonly launch: undefined;
  readonly loadedSources: DebugProtocol.LoadedSourcesResponse['body'];
  readonly next: undefined;
  readonly pause: undefined;
  readonly readMemory: NonNullable<DebugProtocol.ReadMemoryResponse['body']>;
  readonly restart: undefined;
  readonly reverseContinue: undefined;
  readonly scopes: DebugProtocol.ScopesResponse['body'];
  readonly setBreakpoints: DebugProtocol.SetBreakpointsResponse['body'];
  readonly dataBreakpointInfo: DebugProtocol.DataBreakpointInfoResponse['body'];
  readonly setDataBreakpoints: DebugProtocol.SetDataBreakpointsResponse['body'];
  readonly setExceptionBreakpoints: NonNullable<DebugProtocol.SetExceptionBreakpointsResponse['body']>;
  readonly setExpression: DebugProtocol.SetExpressionResponse['body'];
  readonly setFunctionBreakpoints: DebugProtocol.SetFunctionBreakpointsResponse['body'];
  readonly setInstructionBreakpoints: DebugProtocol.SetInstructionBreakpointsResponse['body'];
  readonly setVariable: DebugProtocol.SetVariableResponse['body'];
  readonly source: DebugProtocol.SourceResponse['body'];
  readonly stackTrace: DebugProtocol.StackTraceResponse['body'];
  readonly stepBack: undefined;
  readonly stepIn: undefined;
  readonly stepOut: undefined;
  readonly terminate: undefined;
  readonly threads: DebugProtocol.ThreadsResponse['body'];
  readonly variables: DebugProtocol.VariablesResponse['body'];
  readonly writeMemory: NonNullable<DebugProtocol.WriteMemoryResponse['body']>;
}

export type Responses = StandardResponses & CustomResponses;
export type Command = keyof Responses;

/** What a handler may do besides answering. */
export interface RequestContext {
  /** Aborted when the client cancels the request, or when its answer has become stale. */
  readonly signal: AbortSignal;
  /** Runs `action` once the answer is on its way, so that events that follow from the request come after it. */
  after(action: () => void): void;
}

export type ArgumentSchema = v.GenericSchema<unknown, unknown>;

/** A request with its arguments' schema erased, as the connection keeps it. */
export interface Handler {
  readonly command: Command;
  readonly order: Order;
  /** True: the answer depends on where the target stands and is dropped when that changes. */
  readonly stopBound: boolean;
  readonly schema: ArgumentSchema;
  /** `args` is what the schema made of the request's arguments. */
  answer(args: unknown, context: RequestContext): unknown;
}

/** Declares the handler of one request: arguments are checked before it is called. */
export function request<C extends Command, S extends ArgumentSchema>(
  command: C,
  order: Order,
  schema: S,
  answer: (args: v.InferOutput<S>, context: RequestContext) => Responses[C] | Promise<Responses[C]>,
  options: { readonly stopBound?: boolean } = {},
): Handler {
  return {
    command,
    order,
    stopBound: options.stopBound ?? false,
    schema,
    answer: (args, context) => answer(args, context),
  };
}
