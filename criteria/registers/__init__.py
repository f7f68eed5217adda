"""The registers (sổ theo dõi): what they hold, who may write in them, and how they are shown."""
