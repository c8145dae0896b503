using Microsoft.AspNetCore.Http;

namespace Baker.LocalCloud.Serving;

/// <summary>Answers one HTTP request with an error status, and leaves its body unread.</summary>
internal delegate Task HttpRefusal(HttpContext context, int status);
