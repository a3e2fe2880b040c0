from human_skeleton import *
def shapes(name, offsets): return []
