import { customerKey, service } from './shared';

const path = 'CustomerManagedKey';
const reference = (resource: string) =>
  `https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-workspacesweb-${resource}.html`;

export const browserSettingsCustomerKey = customerKey({
  id: 'workspacesweb-browser-settings-customer-key',
  type: 'AWS::WorkSpacesWeb::BrowserSettings',
  title: 'Secure Browser browser settings encrypt under a customer managed key',
  path,
  why: 'The browser policy lists allowed and blocked sites, internal addresses among them.',
  source: reference('browsersettings'),
});
export const dataProtectionSettingsCustomerKey = customerKey({
  id: 'workspacesweb-data-protection-settings-customer-key',
  type: 'AWS::WorkSpacesWeb::DataProtectionSettings',
  title: 'Secure Browser data protection settings encrypt under a customer managed key',
  path,
  why: 'The redaction patterns tell which data is thought sensitive, where it is shown, and what slips through.',
  source: reference('dataprotectionsettings'),
});
export const ipAccessSettingsCustomerKey = customerKey({
  id: 'workspacesweb-ip-access-settings-customer-key',
  type: 'AWS::WorkSpacesWeb::IpAccessSettings',
  title: 'Secure Browser IP access settings encrypt under a customer managed key',
  path,
  why: 'The list names the networks from which the portal can be reached: those an attacker would have to come from.',
  source: reference('ipaccesssettings'),
});
export const portalCustomerKey = customerKey({
  id: 'workspacesweb-portal-customer-key',
  type: 'AWS::WorkSpacesWeb::Portal',
  title: 'Secure Browser portals encrypt under a customer managed key',
  path,
  why: 'A portal stores its configuration and what its identity provider says of users; the key is fixed when the portal is made.',
  source: reference('portal'),
});
export const sessionLoggerCustomerKey = customerKey({
  id: 'workspacesweb-session-logger-customer-key',
  type: 'AWS::WorkSpacesWeb::SessionLogger',
  title: 'Secure Browser session loggers encrypt under a customer managed key',
  path,
  why: 'A session logger handles records of which user visited which page, and what was pasted or downloaded.',
  source: reference('sessionlogger'),
});
export const userSettingsCustomerKey = customerKey({
  id: 'workspacesweb-user-settings-customer-key',
  type: 'AWS::WorkSpacesWeb::UserSettings',
  title: 'Secure Browser user settings encrypt under a customer managed key',
  path,
  why: 'User settings name the domains whose cookies pass into sessions, and what may be copied out of them.',
  source: reference('usersettings'),
});

export const workspacesweb = service([
  browserSettingsCustomerKey,
  dataProtectionSettingsCustomerKey,
  ipAccessSettingsCustomerKey,
  portalCustomerKey,
  sessionLoggerCustomerKey,
  userSettingsCustomerKey,
]);
