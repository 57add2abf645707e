// The login bar that both documentation pages share. The token lives in sessionStorage only.
(() => {
  'use strict';
  const KEY = 'rapport.accessToken';
  const listeners = [];
  let say = () => {};

  const read = () => {
    try { return sessionStorage.getItem(KEY) || ''; } catch { return ''; }
  };
  const write = (token) => {
    try {
      if (token) sessionStorage.setItem(KEY, token);
      else sessionStorage.removeItem(KEY);
    } catch { /* storage is switched off: the token lasts as long as the page */ }
  };
  let current = read();

  const setToken = (token, message) => {
    current = token.trim().replace(/^bearer\s+/i, '');
    write(current);
    say(message);
    listeners.forEach((listener) => listener(current));
  };

  // A tiny element builder: el('p', {class: 'x'}, 'text', child, …)
  const el = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
    node.append(...children);
    return node;
  };

  const field = (label, name, attributes) =>
    el('label', {}, el('span', {}, label), el('input', { name, required: '', ...attributes }));

  const problem = async (response) => {
    const body = await response.json().catch(() => ({}));
    return body.detail || body.title || `The server answered ${response.status}.`;
  };

  const login = async (form) => {
    const response = await fetch('/api/v1/sessions', {
      method: 'POST',
      credentials: 'omit',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
    });
    if (!response.ok) throw new Error(await problem(response));
    const { accessToken } = await response.json();
    if (!accessToken) throw new Error('The server gave no access token.');
    return accessToken;
  };

  const loginForm = () => {
    const button = el('button', { type: 'submit' }, 'Log in');
    const form = el('form', { 'aria-label': 'Log in' },
      field('Workspace', 'workspace', { autocomplete: 'organization', autocapitalize: 'none' }),
      field('E-mail', 'email', { type: 'email', autocomplete: 'username' }),
      field('Password', 'password', { type: 'password', autocomplete: 'current-password' }),
      button);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      button.disabled = true;
      say('Logging in …');
      try {
        const token = await login(form);
        form.reset();
        setToken(token, 'Logged in.');
      } catch (error) {
        say(`Not logged in: ${error.message}`, true);
      } finally {
        button.disabled = false;
      }
    });
    return form;
  };

  const tokenForm = () => {
    const form = el('form', { 'aria-label': 'Use a token' },
      field('Access token', 'token', { type: 'password', autocomplete: 'off', spellcheck: 'false' }),
      el('button', { type: 'submit' }, 'Use token'));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const token = new FormData(form).get('token');
      form.reset();
      setToken(token, 'Token set.');
    });
    return form;
  };

  const mount = (root, hint) => {
    const status = el('p', { role: 'status' });
    const panel = el('details', { class: 'login' }, el('summary', {}, 'Log in or paste a token'),
      el('div', { class: 'forms' }, loginForm(), tokenForm()));
    const forget = el('button', { type: 'button', class: 'forget' }, 'Forget token');
    forget.addEventListener('click', () => setToken('', 'Token forgotten.'));
    root.classList.add('session');
    root.append(status, panel, forget);
    say = (message, bad = false) => {
      status.textContent = message || (current ? 'A bearer token is set for this tab.' : hint);
      status.classList.toggle('bad', bad);
    };
    const show = () => {
      panel.hidden = Boolean(current);
      panel.open = panel.open && !current;
      forget.hidden = !current;
    };
    listeners.unshift(show);
    show();
    say();
  };

  window.RapportSession = Object.freeze({
    mount,
    token: () => current,
    onChange: (listener) => listeners.push(listener),
    // The server refused the token: drop it and tell why.
    refused: (message) => { setToken(''); say(message, true); },
  });
})();
