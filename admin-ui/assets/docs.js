/* Shows the description of the API, which is beside this page. Nothing is fetched from elsewhere. */
window.SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#api',
  deepLinking: true,
  docExpansion: 'none',
  filter: true,
  validatorUrl: null,
});
