import { directive, type Json, type Properties } from '../directive';
import { absentOr, all, any, each, given, isTrue } from '../requirement';
import { at, imported, merge, oneOfThese, onlyIf, service } from './shared';

const gateway = 'AWS::AppMesh::VirtualGateway';
const node = 'AWS::AppMesh::VirtualNode';
const source = 'https://docs.aws.amazon.com/app-mesh/latest/userguide/tls.html';
const defaults = 'Spec.BackendDefaults.ClientPolicy.TLS';
const ofService = 'VirtualService.ClientPolicy.TLS';

/** A client policy that checks the backend's certificate, and whatever else it says. */
const policy = (more: Properties = {}): Properties => ({
  Validation: { Trust: { ACM: { CertificateAuthorityArns: ['arn:aws:acm-pca:eu-west-1:111122223333:ca/a'] } } },
  ...more,
});
const listener = { PortMapping: { Port: 443, Protocol: 'http' } };

export const gatewayListenerTls = oneOfThese({
  id: 'appmesh-virtual-gateway-listener-tls',
  type: gateway,
  title: 'Listeners of virtual gateways take only TLS',
  path: 'Spec.Listeners[].TLS.Mode',
  allowed: ['STRICT'],
  wrong: ['PERMISSIVE', 'DISABLED'],
  beside: { Spec: { Listeners: [listener] } },
  concern: 'in-transit',
  why: 'The gateway is where traffic enters the mesh. A listener without TLS, or with PERMISSIVE, takes requests in the clear.',
  remedy: 'Give each listener a certificate and set TLS.Mode to STRICT.',
  source,
});
export const gatewayBackendTls = directive({
  id: 'appmesh-virtual-gateway-backend-tls',
  title: 'Virtual gateways enforce TLS towards their backends',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: gateway,
  requires: all(given(defaults), absentOr(`${defaults}.Enforce`, isTrue(`${defaults}.Enforce`))),
  why: 'TLS at the gateway listener ends there. Without an enforced client policy the gateway passes requests on to virtual nodes that speak plaintext.',
  remedy: 'Set Spec.BackendDefaults.ClientPolicy.TLS with the authorities to trust, and leave Enforce out or true.',
  aliases: [],
  controls: [],
  source,
  examples: {
    good: [at(defaults, policy()), at(defaults, policy({ Enforce: true }))],
    bad: [
      {},
      { Spec: { Listeners: [listener] } },
      at(defaults, policy({ Enforce: false })),
      at(defaults, policy({ Enforce: 'false' })),
      at(defaults, onlyIf(policy())),
    ],
    unknown: [at(defaults, policy({ Enforce: imported }))],
  },
});
export const nodeListenerTls = oneOfThese({
  id: 'appmesh-virtual-node-listener-tls',
  type: node,
  title: 'Listeners of virtual nodes take only TLS',
  path: 'Spec.Listeners[].TLS.Mode',
  allowed: ['STRICT'],
  wrong: ['PERMISSIVE', 'DISABLED'],
  beside: { Spec: { Listeners: [listener] } },
  concern: 'in-transit',
  why: 'The mesh encrypts between services only where the listener asks: without TLS, or with PERMISSIVE, the Envoy proxy of the node takes plaintext from its neighbours.',
  remedy: 'Give each listener a certificate and set TLS.Mode to STRICT.',
  source,
});

const backend = (tls: Json): Properties => ({
  VirtualService: { VirtualServiceName: 'orders.local', ClientPolicy: { TLS: tls } },
});
const bareBackend: Properties = { VirtualService: { VirtualServiceName: 'orders.local' } };
const backends = (...list: readonly Json[]): Properties => ({ Spec: { Backends: list } });

export const nodeBackendTls = directive({
  id: 'appmesh-virtual-node-backend-tls',
  title: 'Virtual nodes enforce TLS towards their backends',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: node,
  requires: all(
    any(
      all(given(defaults), absentOr(`${defaults}.Enforce`, isTrue(`${defaults}.Enforce`))),
      each('Spec.Backends', given(ofService)),
    ),
    each('Spec.Backends', absentOr(`${ofService}.Enforce`, isTrue(`${ofService}.Enforce`))),
  ),
  why: 'A node whose client policy does not enforce TLS calls a backend in plaintext as soon as that backend offers no certificate, and nobody notices.',
  remedy:
    'Set Spec.BackendDefaults.ClientPolicy.TLS, or the client policy of each backend, and leave Enforce out or true.',
  aliases: [],
  controls: [],
  source,
  examples: {
    good: [
      {},
      { Spec: { Listeners: [listener] } },
      backends(backend(policy())),
      merge(backends(bareBackend), at(defaults, policy())),
      merge(backends(backend(policy({ Enforce: 'true' }))), at(defaults, policy({ Enforce: true }))),
    ],
    bad: [
      backends(bareBackend),
      backends(backend(policy()), bareBackend),
      backends(backend(policy({ Enforce: false }))),
      backends(backend(onlyIf(policy()))),
      merge(backends(bareBackend), at(defaults, policy({ Enforce: false }))),
      merge(backends(backend(policy({ Enforce: 'false' }))), at(defaults, policy())),
    ],
    unknown: [backends(backend(policy({ Enforce: imported })))],
  },
});

const path = 'It is a path in the file system of the proxy, where the key lies; the key itself is not in the template.';

export const appmesh = service([gatewayListenerTls, gatewayBackendTls, nodeListenerTls, nodeBackendTls], {
  [gateway]: {
    'Spec.Listeners[].TLS.Certificate.File.PrivateKey': path,
    'Spec.BackendDefaults.ClientPolicy.TLS.Certificate.File.PrivateKey': path,
  },
  [node]: {
    'Spec.Listeners[].TLS.Certificate.File.PrivateKey': path,
    'Spec.BackendDefaults.ClientPolicy.TLS.Certificate.File.PrivateKey': path,
    'Spec.Backends[].VirtualService.ClientPolicy.TLS.Certificate.File.PrivateKey': path,
  },
});
