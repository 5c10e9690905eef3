/** Shows the server's own OpenAPI document; nothing comes from another host. */
SwaggerUIBundle({ url: "/docs/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null });
