/** A TCP proxy for fault tests. */
export { startChaosProxy } from './start-chaos-proxy.ts';
export type { ChaosProxy, ChaosProxyOptions, InjectOptions } from './start-chaos-proxy.ts';
export type { ChaosEvent, ChaosLogEntry, EntryPredicate } from './event-log.ts';
export type { Action, ConnectionPlan, Direction, Plan, Rule, RulePoint, Trigger } from './plan.ts';
