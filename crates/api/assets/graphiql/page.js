// GraphiQL for POST /graphql and the graphql-transport-ws socket at the same address.
(() => {
  'use strict';
  const HINT = 'Log in or paste a token to load the schema.';
  const { createElement } = React;
  const address = new URL('/graphql', location.href);
  const socket = new URL(address);
  socket.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';

  const hasAuthorization = (headers) =>
    Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'authorization');

  // A refused token is dropped, so that the next request is not refused as well.
  const watchedFetch = async (input, init) => {
    const response = await fetch(input, { ...init, credentials: 'omit' });
    const token = RapportSession.token();
    if (response.status === 401 && token && init.headers?.Authorization === `Bearer ${token}`) {
      RapportSession.refused('The token was refused: log in again.');
    }
    return response;
  };

  // What GraphiQL knows of the query lags behind the keyboard, and with it the choice between
  // HTTP and socket: the query that is sent decides.
  const parsed = (query, fallback) => {
    try {
      return GraphiQL.GraphQL.parse(query);
    } catch {
      return fallback;
    }
  };

  // Without a token nothing is sent: the server tells strangers nothing, not even its schema.
  // (Each call makes a new fetcher, because GraphiQL loads the schema anew with a new one.)
  const newFetcher = () => {
    const send = GraphiQL.createFetcher({
      url: address.href,
      subscriptionUrl: socket.href,
      enableIncrementalDelivery: false,
      fetch: watchedFetch,
    });
    return (parameters, options) => {
      const headers = { ...options?.headers };
      const token = RapportSession.token();
      if (!hasAuthorization(headers)) {
        if (!token) return Promise.resolve({ errors: [{ message: HINT }] });
        headers.Authorization = `Bearer ${token}`;
      }
      const documentAST = parsed(parameters.query, options?.documentAST);
      return send(parameters, { ...options, headers, documentAST });
    };
  };

  const set = (node, name, value) => {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  };
  const drop = (node, ...names) => names.forEach((name) => node.removeAttribute(name));

  // The input of an editor has no name of its own.
  const nameEditor = (area) => {
    const section = area.closest('section');
    const pane = [...section.querySelectorAll('.graphiql-editor')];
    const second = pane.length > 1 && pane[1].contains(area);
    set(area, 'aria-label', second ? 'Headers' : section.getAttribute('aria-label'));
  };

  // Names, roles and tab stops that GraphiQL gets wrong. Its tabs are buttons inside of "tab"
  // roles, which hides the buttons from screen readers: a plain list says what is there.
  const repair = () => {
    document.querySelectorAll('section .CodeMirror textarea').forEach(nameEditor);
    document.querySelectorAll('.CodeMirror-scroll').forEach((node) => {
      const scrolls = node.scrollHeight > node.clientHeight || node.scrollWidth > node.clientWidth;
      set(node, 'tabindex', scrolls ? '0' : '-1');
    });
    document.querySelectorAll('.graphiql-tabs').forEach((node) => drop(node, 'role'));
    document.querySelectorAll('.graphiql-tab').forEach((node) => {
      drop(node, 'role', 'aria-selected');
      const current = node.classList.contains('graphiql-tab-active');
      set(node.querySelector('.graphiql-tab-button'), 'aria-current', String(current));
    });
    document.querySelectorAll('#graphiql-session').forEach((node) => set(node, 'role', 'group'));
    document.querySelectorAll('[role=dialog][aria-describedby]').forEach((node) => {
      if (!document.getElementById(node.getAttribute('aria-describedby'))) drop(node, 'aria-describedby');
    });
  };
  new MutationObserver(repair).observe(document.body, {
    childList: true, subtree: true, attributes: true, attributeFilter: ['class', 'aria-selected'],
  });

  // GraphiQL's dialogs warn in the console of the empty reference that `repair` takes away.
  const { warn } = console;
  console.warn = (...words) => {
    if (!/Missing `Description` or `aria-describedby/.test(String(words[0]))) warn.apply(console, words);
  };

  const root = ReactDOM.createRoot(document.getElementById('graphiql'));
  const render = () => root.render(createElement(GraphiQL, {
    fetcher: newFetcher(),
    forcedTheme: 'light',
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
    showPersistHeadersSettings: false,
    storage: sessionStorage,
    defaultEditorToolsVisibility: true,
  }));

  RapportSession.mount(document.getElementById('session'), HINT);
  RapportSession.onChange(render);
  render();
})();
