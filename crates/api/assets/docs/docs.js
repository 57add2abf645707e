// Swagger UI for /api/openapi.json, with the few changes that make it accessible.
(() => {
  'use strict';
  const root = document.getElementById('swagger');

  // An operation's path is inside a button, where a second link does not belong: plain text
  // there. (Deep links keep working: opening an operation sets the address.)
  const plainPaths = (system) => ({
    wrapComponents: {
      DeepLink: (Original) => (props) =>
        (props.path || '').includes('/')
          ? system.React.createElement('span', null, props.text)
          : system.React.createElement(Original, props),
    },
  });

  const set = (node, name, value) => {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  };

  const nameOf = (control) =>
    control.closest('tr[data-param-name]')?.dataset.paramName
    || (control.id === 'servers' && 'Server')
    || (control.matches('textarea') && 'Request body')
    || control.placeholder
    || 'Value';

  // Names, roles and tab stops that Swagger UI forgets.
  const repair = () => {
    root.querySelectorAll('main').forEach((node) => set(node, 'role', 'group')); // main is ours
    root.querySelectorAll('.models > h4').forEach((node) => set(node, 'aria-level', '2'));
    root.querySelectorAll('.close-modal').forEach((node) => set(node, 'aria-label', 'Close'));
    root.querySelectorAll('.auth-btn-wrapper [aria-label]')
      .forEach((node) => node.removeAttribute('aria-label')); // their text says it better
    root.querySelectorAll('.modal-ux').forEach((node) => {
      set(node, 'role', 'dialog');
      set(node, 'aria-modal', 'true');
      set(node, 'aria-label', 'Available authorizations');
    });
    root.querySelectorAll('.microlight, .example, .response-col_description pre')
      .forEach((node) => set(node, 'tabindex', '0')); // they scroll
    root.querySelectorAll('.json-schema-2020-12-accordion').forEach((node) => {
      if (!node.textContent.trim()) set(node, 'aria-label', 'Schema');
    });
    root.querySelectorAll('select, textarea, input').forEach((node) => {
      const named = node.hasAttribute('aria-label') || node.hasAttribute('aria-labelledby')
        || [...(node.labels ?? [])].some((label) => label.textContent.trim() && node.id !== 'servers');
      if (!named) node.setAttribute('aria-label', nameOf(node));
    });
    if (root.querySelector('h1')) document.querySelector('main > h1')?.remove();
  };
  new MutationObserver(repair).observe(root, { childList: true, subtree: true });

  const bearerSchemes = (ui) => {
    const schemes = ui.specSelectors.securityDefinitions()?.toJS() ?? {};
    return Object.keys(schemes).filter(
      (name) => schemes[name].type === 'http' && /^bearer$/i.test(schemes[name].scheme ?? ''));
  };

  const authorize = (ui, token) => bearerSchemes(ui).forEach((name) => {
    if (token) ui.preauthorizeApiKey(name, token);
    else if (ui.authSelectors.authorized()?.has(name)) ui.authActions.logout([name]);
  });

  const ui = SwaggerUIBundle({
    url: '/api/openapi.json',
    domNode: root,
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    persistAuthorization: false,
    validatorUrl: null,
    plugins: [plainPaths],
    onComplete: () => authorize(ui, RapportSession.token()),
  });

  RapportSession.mount(document.getElementById('session'), 'Log in to try requests out.');
  RapportSession.onChange((token) => authorize(ui, token));
})();
