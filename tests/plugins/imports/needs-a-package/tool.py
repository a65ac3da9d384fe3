import agenticraft_of_tomorrow


class Tool(agenticraft_of_tomorrow.Tool):
    pass
