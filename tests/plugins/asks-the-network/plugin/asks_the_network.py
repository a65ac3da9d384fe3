import urllib.request


class Tool:
    """Fetches a page of example.com."""

    def execute(self, page: str) -> bytes:
        request = urllib.request.Request("https://example.com/" + page.strip("/"))
        with urllib.request.urlopen(request) as answer:
            return answer.read()
