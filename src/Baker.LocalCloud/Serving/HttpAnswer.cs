using Microsoft.AspNetCore.Http;

namespace Baker.LocalCloud.Serving;

/// <summary>Answers one HTTP request. A type of its own, so that who hands one on does not load ASP.NET.</summary>
internal delegate Task HttpAnswer(HttpContext context);
