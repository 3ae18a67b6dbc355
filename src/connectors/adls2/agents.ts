/** Connections to an account: kept open, as many as the streams of one client need, and made in bounded time. */
import type { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import { connectorError } from '../../errors.ts';
import type { Adls2Config } from './config.ts';

export interface Agents {
  /** For requests to `url`. */
  to(url: string): Agent;
  /** Breaks what is connected. */
  destroy(): void;
}

export function agentsOf({ transfer, timeouts }: Adls2Config): Agents {
  // An import of node:http makes a module of all its exports, and loads the WebSocket client that is one of them.
  const { Agent: HttpAgent } = process.getBuiltinModule('node:http');
  const { Agent: HttpsAgent } = process.getBuiltinModule('node:https');
  // Several streams share the client, and what cleans up must not queue behind what transfers.
  const options = { keepAlive: true, maxSockets: Math.max(50, 4 * transfer.concurrency) };
  const open = connectingWithin(timeouts.connect, new HttpAgent(options), 'connect');
  const secure = connectingWithin(timeouts.connect, new HttpsAgent(options), 'secureConnect');
  return {
    to: (url) => (url.startsWith('https:') ? secure : open),
    destroy: () => {
      open.destroy();
      secure.destroy();
    },
  };
}

/** The SDK has no clock for this, and the system's runs for minutes. */
function connectingWithin<A extends Agent>(ms: number, agent: A, connected: 'connect' | 'secureConnect'): A {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (target, callback) => {
    const socket = connect(target, callback);
    if (socket !== null && socket !== undefined) giveUpAfter(ms, socket, connected);
    return socket;
  };
  return agent;
}

function giveUpAfter(ms: number, socket: Duplex, connected: 'connect' | 'secureConnect'): void {
  const message = `no connection was accepted in ${Math.round(ms)} ms`;
  const timer = setTimeout(() => socket.destroy(connectorError('CONNECT_TIMEOUT', message)), ms);
  const stop = (): void => clearTimeout(timer);
  socket.once(connected, stop).once('close', stop);
}
